"""What the pages before a talk show of its state."""

from typing import Any

from portal.accounts.models import Citizen
from portal.consultations import calling_in, expected, notices, profiles, queries, rules
from portal.consultations.forms import WAYS
from portal.consultations.guest_models import Guest
from portal.consultations.models import WaitingTicket
from portal.consultations.queries import Room
from portal.consultations.rules import Stage
from portal.core import clock
from portal.core.db import db


def ways(ticket: WaitingTicket | None, asker: Citizen | Guest) -> dict[str, Any]:
    """Return how somebody takes part: as chosen before, or as the rehearsal has shown to carry."""
    profile = None if isinstance(asker, Guest) else profiles.of(db.session, asker.id)
    way = ticket.taking_part if ticket else profiles.way_of(profile)
    return {
        "way": way,
        "way_words": dict(WAYS)[way],
        "profile_words": profiles.for_citizen(profile),
        "goes_in": False,
    }


def words(
    found: Room, stage: Stage, ticket: WaitingTicket | None, asker: Citizen | Guest
) -> dict[str, Any]:
    """Return what the words about the state are made of, for whose place this is."""
    booking, now = found.booking, clock.now()
    shown: dict[str, Any] = {
        "stage": stage,
        "room": found,
        "ticket": ticket,
        "ahead": 0,
        "officer_is_busy": False,
        "forecast": None,
        "may_be_called": False,
        "notice": None,
        "opens_at": rules.opens_at(booking),
        "was_on_time": ticket is not None and rules.was_on_time(booking, ticket),
    }
    if ticket is None or stage != Stage.WAITING:
        return shown
    notice = notices.last_of(db.session, found.consultation)
    own = found.ticket is ticket
    ahead = queries.waiting_before(db.session, ticket=ticket, booking=booking)
    running = expected.running_before(db.session, booking, ahead=ahead, now=now)
    return shown | {
        "ahead": ahead,
        "officer_is_busy": running is not None,
        "forecast": expected.of_waiting(db.session, booking, running=running, now=now),
        "notice": notice,
        "notice_words": notices.words_of(notice),
        "may_be_called": own and calling_in.can_ask(booking.citizen, ticket),
    }
