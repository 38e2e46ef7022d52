"""For what somebody sits in a talk when nobody has written down their skills: by their account."""

from sqlalchemy import ColumnElement, false, select

from portal.accounts.models import Role, StaffMember, StaffRole
from portal.calendars.models import StaffSkills, TalkRole

ROLES_OF_ACCOUNTS = {
    TalkRole.BENEFIT: Role.BENEFIT_OFFICER,
    TalkRole.INTEGRATION: Role.INTEGRATION_OFFICER,
    TalkRole.CASE_MANAGEMENT: Role.CASE_MANAGER,
}
"""What somebody without skills of their own can be asked for."""


def by_account(role: TalkRole) -> ColumnElement[bool]:
    """Return the condition that somebody without skills of their own has the account for it."""
    account = ROLES_OF_ACCOUNTS.get(role)
    if account is None:
        return false()
    holders = select(StaffRole.staff_member_id).where(StaffRole.role == account)
    unasked = StaffMember.id.not_in(select(StaffSkills.staff_member_id))
    return unasked & StaffMember.id.in_(holders)
