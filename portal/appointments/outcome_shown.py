"""Rows of the pages about the end of an appointment."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext

from portal.appointments.fairness import Finding
from portal.appointments.models import BookingFact, FactKind, TravelCost, TravelState, Way
from portal.core import clock


def findings(known: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return what is known, each with its rule and the side on which it speaks."""
    return [
        {
            "what": str(one.text),
            "rule": one.cited,
            "side": {"label": gettext("spricht dagegen"), "tone": "warning"}
            if one.speaks_against
            else {"label": gettext("spricht nicht dagegen"), "tone": "neutral"},
        }
        for one in known
    ]


def reason_row(word: BookingFact | None) -> dict[str, Any] | None:
    """Return the last thing said about a reason, in words."""
    if word is None:
        return None
    names = {
        FactKind.REASON_GIVEN: gettext("Grund genannt, noch nicht geprüft"),
        FactKind.REASON_ACCEPTED: gettext("Grund anerkannt"),
        FactKind.REASON_REFUSED: gettext("Grund nicht anerkannt"),
    }
    said = {
        FactKind.REASON_GIVEN: gettext("Wir haben Ihren Grund und prüfen ihn"),
        FactKind.REASON_ACCEPTED: gettext("Wir haben Ihren Grund anerkannt"),
        FactKind.REASON_REFUSED: gettext("Wir konnten Ihren Grund nicht anerkennen"),
    }
    return {
        "state": names[word.kind],
        "said": said[word.kind],
        "text": word.text,
        "by": word.said_by,
        "at": word.at,
    }


def travel_rows(costs: TravelCost | None) -> list[dict[str, Any]]:
    """Return the request for travel costs with its decision, as pairs of name and value."""
    if costs is None:
        return []
    ways = {
        Way.TICKET: gettext("Bus oder Bahn"),
        Way.CAR: gettext("Auto"),
        Way.TAXI: gettext("Taxi"),
    }
    states = {
        TravelState.ASKED: gettext("beantragt, noch nicht entschieden"),
        TravelState.GRANTED: gettext("bewilligt"),
        TravelState.REFUSED: gettext("abgelehnt"),
    }
    rows = [
        {"term": gettext("Stand"), "value": states[costs.state]},
        {"term": gettext("Beantragt"), "value": _money(costs.asked_cents)},
        {"term": gettext("Weg"), "value": ways[costs.way]},
    ]
    if costs.kilometres:
        rows.append({"term": gettext("Kilometer"), "value": str(costs.kilometres)})
    if costs.reason:
        rows.append({"term": gettext("Warum ein Taxi"), "value": costs.reason})
    rows.append({"term": gettext("Belege"), "value": str(len(costs.papers))})
    if costs.granted_cents is not None:
        rows.append({"term": gettext("Bewilligt"), "value": _money(costs.granted_cents)})
    if costs.decision:
        rows.append({"term": gettext("Begründung"), "value": costs.decision})
    if costs.decided_at is not None:
        day = f"{clock.local(costs.decided_at):%d.%m.%Y}"
        rows.append({"term": gettext("Entschieden am"), "value": day})
    return rows


def _money(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d} €"
