"""What pages say about events: rows for components, and what one citizen can do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import get_locale, gettext, ngettext

from portal.accounts.models import Citizen
from portal.appointments.group_models import EventState, GroupEvent
from portal.appointments.groups import rules
from portal.appointments.groups.forms import LANGUAGES, STATES, TONES
from portal.appointments.groups.models import GroupWish
from portal.appointments.models import Booking, BookingState
from portal.appointments.waiting_models import WishState
from portal.core import templating


class Step(StrEnum):
    """The one thing that a citizen can do with an event now."""

    SEATED = "seated"
    OFFERED = "offered"
    WAITING = "waiting"
    TAKE = "take"
    QUEUE = "queue"
    NOTHING = "nothing"


@dataclass(frozen=True)
class State:
    """How an event stands for one citizen; of `seat`, `until` and `place` the fitting is set."""

    step: Step
    free: int
    why_not: str | None = None
    seat: Booking | None = None
    until: datetime | None = None
    place: int | None = None


def state_of(
    event: GroupEvent,
    *,
    taken: int,
    ahead: int,
    seat: Booking | None,
    wish: GroupWish | None,
    place: int | None,
    by: Citizen,
    now: datetime,
) -> State:
    """Say what a citizen can do; the server asks the same rules once more."""
    free = rules.seats_free(event, taken)
    if seat is not None and seat.state != BookingState.HELD:
        return State(Step.SEATED, free, seat=seat)
    why_not = rules.why_not(event, by=by, now=now)
    if why_not is not None:
        return State(Step.NOTHING, free, why_not=why_not)
    if wish is not None and wish.state == WishState.OFFERED and _runs(wish, seat, now):
        return State(Step.OFFERED, free, until=wish.offered_until)
    kept = ahead if rules.keeps_for_those_who_wait(event, now=now) else 0
    if free > kept:
        return State(Step.TAKE, free - kept)
    if wish is not None and wish.state == WishState.WAITING:
        return State(Step.WAITING, 0, place=place)
    return State(Step.QUEUE, 0)


def _runs(wish: GroupWish, seat: Booking | None, now: datetime) -> bool:
    return seat is not None and wish.offered_until is not None and wish.offered_until > now


def left(free: int) -> str:
    """Say how many seats are left."""
    if not free:
        return str(gettext("Ausgebucht"))
    return str(ngettext("noch %(num)d Platz", "noch %(num)d Plätze", free))


def event_cards(
    events: Sequence[GroupEvent],
    *,
    taken: Mapping[UUID, int],
    waiting: Mapping[UUID, int],
    own: Mapping[UUID, Booking],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the events as cards: when, what, where, and what is left."""
    cards = []
    for event in events:
        free = rules.seats_free(event, taken.get(event.id, 0))
        if rules.keeps_for_those_who_wait(event, now=now):
            free = max(free - waiting.get(event.id, 0), 0)
        if event.id in own:
            label, tone = gettext("Sie haben einen Platz"), "success"
        elif event.opens_at > now:
            day = templating.short_day(event.opens_at)
            label, tone = gettext("Anmeldung ab %(day)s", day=day), "neutral"
        elif event.closes_at <= now:
            label, tone = gettext("Anmeldung geschlossen"), "neutral"
        else:
            label, tone = left(free), "info" if free else "warning"
        cards.append(
            {
                "title": event.title,
                "href": url_for("groups.show", id=event.id),
                "when": templating.moment(event.starts_at),
                "kind": event.type.called(get_locale().language),
                "where": event.where,
                "language": LANGUAGES[event.language] if event.language != "de" else None,
                "tag": {"label": label, "tone": tone},
            }
        )
    return cards


def staff_rows(
    events: Sequence[GroupEvent], *, taken: Mapping[UUID, int], waiting: Mapping[UUID, int]
) -> list[dict[str, Any]]:
    """Return the rows of the list of the office."""
    return [
        {
            "when": {
                "label": templating.short_moment(event.starts_at),
                "href": url_for("staff_groups.show", id=event.id),
            },
            "title": event.title,
            "kind": event.type.name,
            "lead": event.lead.name,
            "where": (event.room.name if event.room else event.where),
            "seats": gettext(
                "%(taken)s von %(all)s", taken=taken.get(event.id, 0), all=event.seats
            ),
            "waiting": waiting.get(event.id, 0) or None,
            "state": {"label": STATES[event.state], "tone": TONES[event.state]}
            if event.state != EventState.PLANNED
            else None,
        }
        for event in events
    ]
