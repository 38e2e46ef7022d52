"""What may be done to the account of somebody who works here: pure questions with their reasons.

The verbs ask (`check_can_x`), the pages feed their buttons (`can_x`). Whether there are other
administrators is asked under a lock, see `service.inviting`.
"""

from collections.abc import Callable, Collection

from flask_babel import gettext

from portal.accounts.models import Right, Role, StaffMember
from portal.accounts.rules import RIGHTS
from portal.audit.models import Acting
from portal.core.errors import Conflict, InvalidInput, NotAllowed, PortalError
from portal.core.validators import is_email

LONGEST = {"first_name": 80, "last_name": 80, "email": 254, "phone": 40, "room": 40, "team": 80}
"""How many characters each line about a staff member may have."""


def check_line(text: str | None, *, field: str) -> None:
    """Raise `InvalidInput` for a line that is too long or holds signs that nobody sees."""
    line = text or ""
    if len(line) > LONGEST[field]:
        raise InvalidInput(
            gettext("Höchstens %(count)s Zeichen.", count=LONGEST[field]), field=field
        )
    if not all(sign.isprintable() for sign in line):
        raise InvalidInput(
            gettext("Hier steht ein Zeichen, das man nicht sieht. Tippen Sie die Zeile neu."),
            field=field,
        )


def check_details(**lines: str | None) -> None:
    """Raise `InvalidInput` for lines that cannot be taken; names must not be empty."""
    if "email" in lines and not is_email(lines["email"] or ""):
        raise InvalidInput(
            gettext("Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@beispiel.de."),
            field="email",
        )
    for field, text in lines.items():
        check_line(text, field=field)
        if field in {"first_name", "last_name", "team"} and not (text or "").strip():
            raise InvalidInput(gettext("Füllen Sie dieses Feld aus."), field=field)


def is_self(member: StaffMember, by: Acting) -> bool:
    """Tell whether `by` is about to change the own account."""
    return by.actor.kind == "staff" and by.actor.id == str(member.id)


def is_administrator(roles: Collection[Role]) -> bool:
    """Tell whether one of these roles gives rights to others."""
    return any(Right.ADMINISTER in RIGHTS[role] for role in roles)


def roles_of(member: StaffMember) -> frozenset[Role]:
    """Return the roles of `member`."""
    return frozenset(held.role for held in member.roles)


def check_can_place(member: StaffMember, *, by: Acting) -> None:
    """Raise when `by` would choose the own roles or the own team: both decide what one may see."""
    if is_self(member, by):
        raise NotAllowed(
            gettext(
                "Die eigenen Rollen und das eigene Team ändert niemand selbst. Bitten Sie eine"
                " andere Person aus der Verwaltung des Portals."
            )
        )
    check_is_open(member)


def check_can_give_roles(
    member: StaffMember, wanted: Collection[Role], *, by: Acting, has_others: bool
) -> None:
    """Raise when these roles cannot be given, or the last administrator would lose the role."""
    check_can_place(member, by=by)
    loses = is_administrator(roles_of(member)) and not is_administrator(wanted)
    if loses and not has_others:
        raise NotAllowed(_last_one(member))


def check_can_deactivate(member: StaffMember, *, by: Acting, has_others: bool) -> None:
    """Raise for the own account, and for the last one that can give rights to others."""
    if is_self(member, by):
        raise NotAllowed(
            gettext(
                "Den eigenen Zugang deaktiviert niemand selbst. Bitten Sie eine andere Person aus"
                " der Verwaltung des Portals."
            )
        )
    check_is_open(member)
    if is_administrator(roles_of(member)) and not has_others:
        raise NotAllowed(_last_one(member))


def check_can_reset_keys(member: StaffMember, *, by: Acting) -> None:
    """Raise for the own keys: they are changed in the own account, with a key that still works."""
    if is_self(member, by):
        raise NotAllowed(
            gettext("Ihre eigenen Schlüssel ändern Sie unter „Mein Konto“, nicht hier.")
        )
    check_is_open(member)


def check_can_invite(member: StaffMember) -> None:
    """Raise for who has come already: an invitation sets a new password."""
    check_is_open(member)
    if member.password_hash is not None:
        raise Conflict(
            gettext(
                "%(name)s hat den Zugang schon eingerichtet. Ist ein Schlüssel verloren, setzen Sie"
                " die Schlüssel zurück.",
                name=member.name,
            )
        )


def check_can_reactivate(member: StaffMember) -> None:
    """Raise unless the account is closed."""
    if member.is_active:
        raise Conflict(gettext("Der Zugang von %(name)s ist schon aktiv.", name=member.name))


def can_place(member: StaffMember, *, by: Acting) -> bool:
    """Tell whether `by` may give other roles or another team."""
    return _holds(lambda: check_can_place(member, by=by))


def can_deactivate(member: StaffMember, *, by: Acting, has_others: bool) -> bool:
    """Tell whether `by` may close the account."""
    return _holds(lambda: check_can_deactivate(member, by=by, has_others=has_others))


def can_reset_keys(member: StaffMember, *, by: Acting) -> bool:
    """Tell whether `by` may take the keys away."""
    return _holds(lambda: check_can_reset_keys(member, by=by))


def can_invite(member: StaffMember) -> bool:
    """Tell whether an invitation can be sent."""
    return _holds(lambda: check_can_invite(member))


def can_reactivate(member: StaffMember) -> bool:
    """Tell whether the account can be opened again."""
    return _holds(lambda: check_can_reactivate(member))


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except PortalError:
        return False
    return True


def check_is_open(member: StaffMember) -> None:
    """Raise for a closed account: there is nothing to do with it but to open it again."""
    if not member.is_active:
        raise Conflict(
            gettext(
                "Der Zugang von %(name)s ist deaktiviert. Aktivieren Sie ihn zuerst wieder.",
                name=member.name,
            )
        )


def _last_one(member: StaffMember) -> str:
    return str(
        gettext(
            "%(name)s ist die letzte Person, die Zugänge verwalten kann. Geben Sie die Rolle zuerst"
            " jemand anderem, und warten Sie, bis der Zugang eingerichtet ist.",
            name=member.name,
        )
    )
