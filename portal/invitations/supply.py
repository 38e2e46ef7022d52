"""Are there still times to choose from? Looked after before the invited find none."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.calendars.models import Channel
from portal.core import clock
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.invitations import capacity, queries
from portal.invitations.queries import Demand

LOOK_AHEAD = timedelta(days=28)
FEWEST = 5
"""Below so many free times, whoever is invited has no real choice any more: house rule."""


class Supply:
    """Free times and open invitations of one kind by one channel."""

    def __init__(self, demand: Demand, free: int) -> None:
        self.type = demand.sample.type
        self.channel: Channel = demand.sample.channel
        self.open = demand.open
        self.free = free

    @property
    def missing(self) -> int:
        """Return how many more times are needed for a choice."""
        return max(0, FEWEST - self.free)


def look(session: Session, *, now: datetime) -> list[tuple[Demand, Supply]]:
    """Return for each kind with open invitations what could still be chosen in four weeks."""
    found = []
    for demand in queries.demands(session):
        sample = demand.sample
        free = capacity.free_times(
            session,
            type=sample.type,
            channel=sample.channel,
            citizen=sample.citizen,
            last=now + LOOK_AHEAD,
            asker=sample.citizen,
            now=now,
        )
        found.append((demand, Supply(demand, free)))
    return found


def watch(session: Session, *, now: datetime) -> None:
    """Put the kinds before the office that run short, and take those away that do not any more."""
    short: set[object] = set()
    seen = look(session, now=now)
    for demand, supply in seen:
        if not supply.missing:
            continue
        short.add(supply.type.id)
        inbox.open_item(
            session,
            kind=ItemKind.SLOTS_SHORT,
            subject_id=supply.type.id,
            case_id=None,
            title=supply.type.name,
            person=f"{supply.open} offene Einladungen",
            reason=f"In vier Wochen sind nur noch {supply.free} Zeiten frei. Es fehlen"
            f" {supply.missing}.",
            next_step="Mehr Sprechzeiten öffnen",
            team_id=demand.sample.invited_by.team_id,
            assignee_id=None,
            due_on=clock.local_date(now),
            urgency=1,
            urgency_reason="Eingeladene finden bald keine Zeit mehr.",
            now=now,
        )
    for id in {supply.type.id for _, supply in seen} - short:
        inbox.close_items(session, kind=ItemKind.SLOTS_SHORT, subject_id=id, by=SYSTEM, now=now)
