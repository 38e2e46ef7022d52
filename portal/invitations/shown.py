"""Invitations, summonses and hearings as rows of lists and pairs of facts."""

from collections.abc import Iterable
from typing import Any

from flask import url_for
from flask_babel import gettext

from portal.appointments.forms import STATES as BOOKING_STATES
from portal.calendars.forms import CHANNELS
from portal.core.templating import day, moment, short_day, short_moment
from portal.invitations import rules
from portal.invitations.forms import (
    HEARING_STATES,
    PURPOSES,
    STATE_TONES,
    STATES,
    SUMMONS_STATES,
)
from portal.invitations.models import Hearing, Invitation, Summons
from portal.invitations.supply import Supply
from portal.postbox import rules as delivery


def invitation_rows(found: Iterable[Invitation]) -> list[dict[str, Any]]:
    """Write invitations for the table of the office."""
    return [
        {
            "person": _link(one, "staff_invitations.show"),
            "reference": one.case.file_reference,
            "what": one.type.name,
            "asked": short_moment(one.invited_at),
            "until": short_day(one.answer_until),
            "state": {"label": STATES[one.state], "tone": STATE_TONES[one.state]},
            "outcome": outcome_of(one),
        }
        for one in found
    ]


def _link(one: Invitation | Summons | Hearing, endpoint: str) -> dict[str, str]:
    return {"label": one.citizen.name, "href": url_for(endpoint, id=one.id)}


def outcome_of(invitation: Invitation) -> str | None:
    """Say what became of the chosen appointment."""
    booking = invitation.booking
    return (
        f"{short_moment(booking.starts_at)}: {BOOKING_STATES[booking.state]}" if booking else None
    )


def invitation_facts(one: Invitation) -> list[dict[str, Any]]:
    """List what is known of an invitation, for the office."""
    rows = [
        (gettext("Eingeladen"), f"{short_moment(one.invited_at)}, {one.invited_by.name}"),
        (gettext("Gespräch"), f"{one.type.name}, {CHANNELS[one.channel]}"),
        (gettext("Worum es geht"), one.about),
        (gettext("Antwort bis"), day(one.answer_until)),
        (gettext("Frei gehalten"), _held(one)),
        (gettext("Nachricht abgesandt"), _or_dash(one.letter.notified_at)),
        (gettext("Auf Papier"), short_day(one.letter.posted_on) if one.letter.posted_on else "–"),
        (gettext("Erinnert"), _or_dash(one.reminded_at)),
        (gettext("Beendet"), _or_dash(one.ended_at)),
        (gettext("Gewählter Termin"), outcome_of(one) or "–"),
    ]
    return [{"term": term, "value": value} for term, value in rows if value != "–"]


def _held(one: Invitation) -> str:
    held = one.held_booking
    return f"{moment(held.starts_at)}, {held.staff_member.name}" if held else "–"


def _or_dash(at: Any) -> str:
    return short_moment(at) if at else "–"


def summons_rows(found: Iterable[Summons]) -> list[dict[str, Any]]:
    """Write summonses for the table of the office."""
    return [
        {
            "person": {
                "label": one.citizen.name,
                "href": url_for("staff_summonses.show", id=one.id),
            },
            "reference": one.case.file_reference,
            "what": PURPOSES[one.purpose],
            "asked": short_moment(one.issued_at),
            "until": short_moment(one.booking.starts_at),
            "state": {
                "label": gettext("Grund genannt")
                if one.reason and one.decided_at is None
                else SUMMONS_STATES[one.state],
                "tone": "warning" if one.reason and one.decided_at is None else "info",
            },
            "outcome": BOOKING_STATES[one.booking.state],
        }
        for one in found
    ]


def summons_facts(one: Summons) -> list[dict[str, Any]]:
    """List what is known of a summons, with what the delivery says about its time."""
    counted = delivery.delivery(one.letter)
    rows: list[dict[str, Any]] = [
        {
            "term": gettext("Ausgestellt"),
            "value": f"{short_moment(one.issued_at)}, {one.issued_by.name}",
        },
        {"term": gettext("Zweck"), "value": PURPOSES[one.purpose]},
        {"term": gettext("Worum es geht"), "value": one.about},
        {"term": gettext("Wann"), "value": moment(one.booking.starts_at)},
        {"term": gettext("Wo"), "value": ", ".join(one.place.splitlines())},
        {"term": gettext("Bei"), "value": one.booking.staff_member.name},
        {"term": gettext("Belehrung nach dem Recht ab"), "value": short_day(one.law_from)},
        {
            "term": gettext("Bekannt gegeben"),
            "value": day(counted.day) if counted else gettext("Noch nicht"),
            "note": _in_time(one, counted.day if counted else None),
        },
    ]
    if one.reason_at:
        rows.append(
            {
                "term": gettext("Genannter Grund"),
                "value": one.reason,
                "note": f"{short_moment(one.reason_at)}, {one.reason_by_name}",
            }
        )
    if one.decided_at:
        rows.append(
            {
                "term": gettext("Entschieden"),
                "value": gettext("Wichtiger Grund")
                if one.is_accepted
                else gettext("Kein wichtiger Grund"),
                "note": f"{short_moment(one.decided_at)}, {one.decided_by_name}",
            }
        )
    return rows


def _in_time(one: Summons, deemed: Any) -> str:
    if deemed is None:
        return str(gettext("Solange der Brief nicht als bekannt gegeben gilt, darf nichts folgen."))
    if rules.is_in_time(one, deemed):
        return str(gettext("Rechtzeitig vor dem Termin."))
    return str(gettext("Zu spät vor dem Termin: Daraus darf nichts folgen. Nehmen Sie ihn zurück."))


def summons_for_citizen(one: Summons) -> list[dict[str, Any]]:
    """List what somebody who is summoned needs to know."""
    return [
        {"term": gettext("Wann"), "value": moment(one.booking.starts_at)},
        {"term": gettext("Wo"), "value": ", ".join(one.place.splitlines())},
        {"term": gettext("Mit"), "value": one.booking.staff_member.name},
        {"term": gettext("Zweck"), "value": PURPOSES[one.purpose]},
        {"term": gettext("Worum es geht"), "value": one.about},
    ]


def hearing_rows(found: Iterable[Hearing]) -> list[dict[str, Any]]:
    """Write hearings for the table of the office."""
    return [
        {
            "person": {
                "label": one.citizen.name,
                "href": url_for("staff_hearings.show", id=one.id),
            },
            "reference": one.case.file_reference,
            "what": one.basis,
            "asked": short_moment(one.asked_at),
            "until": short_day(one.answer_until),
            "state": {
                "label": HEARING_STATES[one.state],
                "tone": "warning" if one.overdue_at and one.state == "open" else "info",
            },
            "outcome": gettext("Gespräch gewählt") if one.booking_id else None,
        }
        for one in found
    ]


def hearing_facts(one: Hearing) -> list[dict[str, Any]]:
    """List what is known of a hearing, for the office."""
    counted = delivery.delivery(one.letter)
    rows = [
        (gettext("Gefragt"), f"{short_moment(one.asked_at)}, {one.asked_by.name}"),
        (gettext("Geplant"), one.planned),
        (gettext("Tatsachen"), one.facts),
        (gettext("Rechtsgrundlage"), one.basis),
        (gettext("Persönlich angeboten"), gettext("Ja") if one.is_personal else gettext("Nein")),
        (gettext("Bekannt gegeben"), day(counted.day) if counted else gettext("Noch nicht")),
        (gettext("Antwort bis"), day(one.answer_until)),
        (gettext("Verlängert"), _or_dash(one.extended_at)),
        (
            gettext("Gespräch"),
            f"{moment(one.booking.starts_at)}: {BOOKING_STATES[one.booking.state]}"
            if one.booking
            else "–",
        ),
        (gettext("Antwort"), one.answer or "–"),
        (
            gettext("Beantwortet"),
            f"{short_moment(one.answered_at)}, {one.answered_by_name}" if one.answered_at else "–",
        ),
        (
            gettext("Beendet"),
            f"{short_moment(one.closed_at)}, {one.closed_by_name}" if one.closed_at else "–",
        ),
    ]
    return [{"term": term, "value": value} for term, value in rows]


def supply_rows(found: Iterable[Supply]) -> list[dict[str, Any]]:
    """Write what can still be chosen, for the table of the office."""
    return [
        {
            "what": one.type.name,
            "how": CHANNELS[one.channel],
            "open": one.open,
            "free": one.free,
            "state": {"label": gettext("Es fehlen %(num)d", num=one.missing), "tone": "danger"}
            if one.missing
            else {"label": gettext("Genug"), "tone": "success"},
        }
        for one in found
    ]
