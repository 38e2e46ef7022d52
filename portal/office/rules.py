"""Who may say that somebody is away, and who may open again what a conflict of interest closed."""

from datetime import date, timedelta

from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.office.models import ConflictOfInterest, Substitution

LONGEST = timedelta(days=183)
"""A substitution opens files. Whoever is away longer gets a successor, not a substitute."""


def leads(member: StaffMember, *, by: StaffMember) -> bool:
    """Tell whether `by` leads the team of `member`."""
    return member.team_id == by.team_id and accounts.can(by, Right.SEE_TEAM)


def can_plan_absence(absent: StaffMember, *, by: StaffMember) -> bool:
    """Tell whether `by` may enter that `absent` is away: for oneself, or as team lead."""
    return absent.id == by.id or leads(absent, by=by)


def check_can_substitute(
    absent: StaffMember,
    substitute: StaffMember,
    first_day: date,
    last_day: date,
    *,
    by: StaffMember,
    today: date,
) -> None:
    """Raise unless `by` may let `substitute` stand in for `absent` on these days."""
    if not can_plan_absence(absent, by=by):
        raise NotFound
    if substitute.id == absent.id:
        raise InvalidInput(
            gettext("Niemand vertritt sich selbst. Wählen Sie eine andere Person."),
            field="substitute",
        )
    if not accounts.can(substitute, Right.READ_FILES):
        raise InvalidInput(
            gettext("%(name)s darf keine Akten lesen.", name=substitute.name), field="substitute"
        )
    if last_day < first_day:
        raise InvalidInput(gettext("Der letzte Tag muss nach dem ersten liegen."), field="last_day")
    if first_day < today:
        raise InvalidInput(gettext("Der erste Tag ist schon vorbei."), field="first_day")
    if last_day - first_day > LONGEST:
        raise InvalidInput(
            gettext("Eine Vertretung dauert höchstens ein halbes Jahr."), field="last_day"
        )


def can_end(substitution: Substitution, *, by: StaffMember, today: date) -> bool:
    """Tell whether `by` may end the substitution now."""
    is_over = substitution.ended_at is not None or substitution.last_day < today
    return not is_over and can_plan_absence(substitution.absent, by=by)


def check_can_end(substitution: Substitution, *, by: StaffMember, today: date) -> None:
    """Raise unless `by` may end the substitution now."""
    if not can_plan_absence(substitution.absent, by=by):
        raise NotFound
    if not can_end(substitution, by=by, today=today):
        raise Conflict(gettext("Diese Vertretung ist schon zu Ende."))


def check_can_name_releaser(
    deputy: StaffMember,
    first_day: date,
    last_day: date | None,
    *,
    by: StaffMember,
    today: date,
) -> None:
    """Raise unless `by` may name `deputy` to release what the leads of the own team may not."""
    if not accounts.can(by, Right.SEE_TEAM):
        raise NotFound
    if deputy.team_id == by.team_id or not accounts.can(deputy, Right.RELEASE_DECISIONS):
        raise InvalidInput(
            gettext("Wählen Sie jemanden aus einem anderen Team, der freigeben darf."),
            field="deputy",
        )
    if first_day < today:
        raise InvalidInput(gettext("Der erste Tag ist schon vorbei."), field="first_day")
    if last_day is not None and last_day < first_day:
        raise InvalidInput(gettext("Der letzte Tag muss nach dem ersten liegen."), field="last_day")


def can_lift(conflict: ConflictOfInterest, *, by: StaffMember) -> bool:
    """Tell whether `by` may open the files again: a team lead or administrator, another person."""
    if conflict.lifted_at is not None or conflict.staff_member_id == by.id:
        return False
    return accounts.can(by, Right.ADMINISTER) or leads(conflict.staff_member, by=by)


def check_can_lift(conflict: ConflictOfInterest, *, by: StaffMember) -> None:
    """Raise unless `by` may open the files again."""
    if conflict.lifted_at is not None:
        raise Conflict(gettext("Die Befangenheit ist schon aufgehoben."))
    if not can_lift(conflict, by=by):
        raise NotFound
