"""Who may do what: roles to rights as one table, and the questions that pages and services ask."""

from portal.accounts.models import Citizen, Right, Role, StaffMember
from portal.core.errors import NotAllowed

_CASEWORK = frozenset({Right.USE_INBOX, Right.READ_FILES, Right.CHECK_DOCUMENTS})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.FRONT_DESK: _CASEWORK | {Right.MANAGE_APPOINTMENTS},
    Role.MAILROOM: _CASEWORK,
    Role.BENEFIT_OFFICER: _CASEWORK
    | {Right.PROCESS_APPLICATIONS, Right.MANAGE_APPOINTMENTS, Right.HOLD_CONSULTATIONS},
    Role.INTEGRATION_OFFICER: _CASEWORK | {Right.MANAGE_APPOINTMENTS, Right.HOLD_CONSULTATIONS},
    Role.CASE_MANAGER: _CASEWORK | {Right.MANAGE_APPOINTMENTS, Right.HOLD_CONSULTATIONS},
    Role.TEAM_LEAD: _CASEWORK
    | {Right.PROCESS_APPLICATIONS, Right.MANAGE_APPOINTMENTS, Right.SEE_TEAM, Right.SEE_FIGURES},
    Role.DATA_QUALITY_OFFICER: frozenset({Right.USE_INBOX, Right.READ_FILES, Right.SEE_FIGURES}),
    Role.MANAGEMENT: frozenset({Right.SEE_FIGURES}),
    Role.ADMINISTRATOR: frozenset({Right.ADMINISTER}),
}


def can(staff: StaffMember, right: Right) -> bool:
    """Tell whether one of the roles of `staff` carries `right`."""
    return staff.is_active and any(right in RIGHTS[held.role] for held in staff.roles)


def check(staff: StaffMember, right: Right) -> None:
    """Raise `NotAllowed` unless `staff` carries `right`."""
    if not can(staff, right):
        raise NotAllowed(
            "Für diese Seite fehlt Ihnen ein Recht. Bitten Sie Ihre Teamleitung."
        )


def can_sign_in(person: Citizen | StaffMember) -> bool:
    """Tell whether the account is confirmed (citizen) or active (staff)."""
    if isinstance(person, StaffMember):
        return person.is_active
    return person.confirmed_at is not None
