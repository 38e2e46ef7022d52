"""How far an account of the office has come, and which deeds a page offers for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.accounts import staffing
from portal.accounts.models import StaffMember


class State(StrEnum):
    """How far an account has come; the value stands in the address of a filtered list."""

    ACTIVE = "aktiv"
    INVITED = "eingeladen"
    KEYLESS = "ohne-schluessel"
    DEACTIVATED = "deaktiviert"


@dataclass(frozen=True)
class Offers:
    """Which deeds one person may do to the account of another; each feeds a button."""

    place: bool
    invite: bool
    reset_keys: bool
    deactivate: bool
    reactivate: bool


def offers(member: StaffMember, *, by: StaffMember, has_others: bool) -> Offers:
    """Return the deeds that `by` may do; `has_others`: other administrators are there."""
    may_invite = staffing.can_invite(member)
    return Offers(
        place=staffing.can_place(member, by=by),
        invite=may_invite,
        reset_keys=staffing.can_reset_keys(member, by=by) and not may_invite,
        deactivate=staffing.can_deactivate(member, by=by, has_others=has_others),
        reactivate=staffing.can_reactivate(member),
    )


def is_over(ends_at: datetime | None, *, now: datetime) -> bool:
    """Tell whether the last invitation opens nothing any more."""
    return ends_at is None or now >= ends_at
