"""The desks of the demo office: part-time work, who is away, and what is put off to a day."""

from datetime import timedelta

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.appointments import contacts
from portal.calendars import telling
from portal.core import clock
from portal.dev.stage import Office
from portal.inbox import follow_ups
from portal.office import workload

LAND = "HE"
NOTES = (
    (1, "Vermieterin anrufen: Ist die Kaution schon bezahlt?", False),
    (3, "Schulbescheinigung für das neue Halbjahr nachfragen", False),
    (14, "Gespräch mit der Schuldnerberatung nachhalten", True),
)


def fill(office: Office) -> None:
    """Let one officer of each team work half, and the first put three things off."""
    session, now = office.session, office.now
    leads = {one.team_id: one for one in _who(office, Right.SEE_TEAM)}
    seen: set[StaffMember] = set()
    for officer in _who(office, Right.CARRY_BENEFIT_CASES):
        lead = leads.get(officer.team_id)
        if lead is None or any(one.team_id == officer.team_id for one in seen):
            continue
        seen.add(officer)
        workload.set_work_share(
            session, member=officer, percent=50, takes_items=True, by=lead, now=now
        )
    by = _who(office, Right.CARRY_BENEFIT_CASES)[0]
    for days, note, is_private in NOTES:
        follow_ups.put(
            session,
            day=clock.local_date(now) + timedelta(days=days),
            note=note,
            is_private=is_private,
            by=by,
            now=office.ago(hours=2),
            land=LAND,
        )
    telling.tell(session, now=now)
    contacts.tell_caseloads(session, now=now)


def _who(office: Office, right: Right) -> list[StaffMember]:
    return [one for one in office.staff if accounts.can(one, right)]
