"""Kept views of the demo inbox, for a team and for an officer; and what changed since a look."""

from datetime import timedelta

from sqlalchemy import select

from portal.accounts import rules
from portal.accounts.models import Right, StaffMember
from portal.dev.stage import Office
from portal.inbox import saving, service
from portal.inbox.filters import Due, Filters, News, Sort, Urgency, View
from portal.inbox.forms import arguments_of
from portal.inbox.models import WorkItem

FOR_TEAM = {
    "Überfällig im Team": Filters(view=View.TEAM, due=Due.OVERDUE, sort=Sort.DUE),
    "Dringend und frei": Filters(view=View.UNASSIGNED, urgency=Urgency.YES),
}
OWN = {"Neu für mich": Filters(view=View.MINE, news=News.ANY)}
LOOKED_AT = 4


def fill(office: Office) -> None:
    """Let an officer keep views, and have looked at some items before they changed."""
    jana = next(one for one in office.staff if rules.can(one, Right.PROCESS_APPLICATIONS))
    for views, for_team in ((FOR_TEAM, True), (OWN, False)):
        for name, filters in views.items():
            saving.keep_view(
                office.session,
                name=name,
                arguments=arguments_of(filters),
                for_team=for_team,
                by=jana,
                now=office.now,
            )
    _look(office, jana)


def _look(office: Office, jana: StaffMember) -> None:
    seen = office.session.scalars(
        select(WorkItem)
        .where(WorkItem.team_id == jana.team_id, WorkItem.closed_at.is_(None))
        .order_by(WorkItem.changed_at, WorkItem.id)
        .limit(LOOKED_AT)
    )
    for number, item in enumerate(seen):
        is_old = number == LOOKED_AT - 1
        at = item.changed_at - timedelta(hours=1) if is_old else office.now
        service.look_at(office.session, item=item, by=jana, now=at)
