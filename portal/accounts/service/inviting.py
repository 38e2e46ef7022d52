"""People of the office come by invitation only: an account, a link, a password, a second factor."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts import addresses, queries, rules, staffing
from portal.accounts.keys import Ended, LinkPurpose, SecretLink
from portal.accounts.models import Role, StaffMember, StaffRole, Team
from portal.accounts.service import factors, letters, resetting, sessions, teams
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core.db import lost_race
from portal.core.errors import TooMany

UNIQUE_ADDRESS = "uq_staff_members_email"


def add_staff(
    session: Session,
    *,
    email: str,
    first_name: str,
    last_name: str,
    team: str,
    roles: Iterable[Role],
    by: Acting = SYSTEM,
    now: datetime,
    room: str | None = None,
    phone: str | None = None,
) -> StaffMember:
    """Open an account for a staff member in the team of this name, which is made if needed.

    Nobody can sign in with it before an invitation is taken (`invite`, `take_invitation`).
    """
    staffing.check_details(
        email=addresses.plain(email),
        first_name=first_name,
        last_name=last_name,
        team=team,
        room=room,
        phone=phone,
    )
    member = StaffMember(
        email=addresses.plain(email),
        first_name=first_name,
        last_name=last_name,
        room=room,
        phone=phone,
        team=queries.team_by_name(session, team) or Team(name=team),
    )
    member.roles = [StaffRole(role=role) for role in dict.fromkeys(roles)]
    with (
        lost_race(session, teams.UNIQUE_NAME, teams.taken(), field="team"),
        lost_race(session, UNIQUE_ADDRESS, _taken(), field="email"),
    ):
        session.add(member)
        session.flush()  # the constraint answers now, and the trail needs the id
    audit.record(
        session,
        deed="accounts.staff_added",
        subject=("staff", member.id),
        by=by,
        now=now,
        roles=[held.role for held in member.roles],
        team=member.team.name,
    )
    return member


def invite(session: Session, *, member: StaffMember, by: Acting, now: datetime) -> None:
    """Send the link with which a staff member sets password and second factor; older ones die.

    Raise `TooMany` when the address got several within an hour.
    """
    staffing.check_can_invite(member)
    if not _send_invitation(session, member, by=by, now=now):
        raise TooMany(
            gettext(
                "An diese Adresse gingen in der letzten Stunde schon mehrere Einladungen. Die"
                " letzte gilt noch."
            ),
            retry_after=3600,
        )


def draw_invitation(
    session: Session, *, member: StaffMember, by: Acting, now: datetime
) -> tuple[SecretLink, str]:
    """Make an invitation and return link and secret, for the terminal of the operator.

    Who has come already loses every key: the operator helps who has lost them.
    """
    _alone_with(session, member)
    staffing.check_is_open(member)
    if member.password_hash is not None:
        _take_keys_away(session, member, now=now)
        _record(session, "accounts.keys_reset", member, by=by, now=now)
    letters.forget_links(session, member, LinkPurpose.INVITATION, now=now)
    link, secret = letters.new_link(member, LinkPurpose.INVITATION, now=now)
    session.add(link)
    _record(session, "accounts.staff_invited", member, by=by, now=now)
    return link, secret


def take_invitation(
    session: Session, *, link: SecretLink, password: str, now: datetime
) -> StaffMember:
    """Set the first password; the session that follows leads to the second factor only."""
    rules.check_link(link, now=now)
    member = queries.member_of(link)
    resetting.set_password(session, person=member, password=password, now=now)
    link.used_at = now
    sessions.end_all(session, person=member, why=Ended.CHANGED, now=now)
    _record(session, "accounts.invitation_taken", member, by=member, now=now)
    return member


def reset_keys(session: Session, *, member: StaffMember, by: Acting, now: datetime) -> bool:
    """Take every key of a staff member away, end every session, and invite anew.

    Return whether the invitation was sent: the address may have got too many within an hour. The
    keys are gone in either case.
    """
    _alone_with(session, member)
    staffing.check_can_reset_keys(member, by=by)
    _take_keys_away(session, member, now=now)
    _record(session, "accounts.keys_reset", member, by=by, now=now)
    return _send_invitation(session, member, by=by, now=now)


def deactivate(session: Session, *, member: StaffMember, by: Acting, now: datetime) -> None:
    """Close the account of somebody who has left: every session ends with this request."""
    _alone_with(session, member)
    staffing.check_can_deactivate(
        member, by=by, has_others=queries.has_other_administrators(session, member)
    )
    member.is_active = False
    sessions.end_all(session, person=member, why=Ended.OFFICE, now=now)
    letters.forget_links(session, member, LinkPurpose.INVITATION, now=now)
    _record(session, "accounts.staff_deactivated", member, by=by, now=now)


def reactivate(session: Session, *, member: StaffMember, by: Acting, now: datetime) -> bool:
    """Open a closed account again; the old keys stay worthless, an invitation leads to new ones.

    Return whether the invitation was sent, as `reset_keys` does.
    """
    _alone_with(session, member)
    staffing.check_can_reactivate(member)
    member.is_active = True
    _take_keys_away(session, member, now=now)
    _record(session, "accounts.staff_reactivated", member, by=by, now=now)
    return _send_invitation(session, member, by=by, now=now)


def change_roles(
    session: Session,
    *,
    member: StaffMember,
    roles: Iterable[Role],
    team: Team,
    by: Acting,
    now: datetime,
) -> None:
    """Give other roles or another team; who gets or loses a right signs in anew (ASVS 8.3.2)."""
    _alone_with(session, member)
    wanted = list(dict.fromkeys(roles))
    staffing.check_can_give_roles(
        member, wanted, by=by, has_others=queries.has_other_administrators(session, member)
    )
    before, team_before = [held.role for held in member.roles], member.team
    if set(wanted) == set(before) and team is team_before:
        return
    kept = {held.role: held for held in member.roles}
    member.roles = [kept.get(role) or StaffRole(role=role) for role in wanted]
    member.team = team
    if set(wanted) != set(before):
        sessions.end_all(session, person=member, why=Ended.OFFICE, now=now)
    _record(
        session,
        "accounts.roles_changed",
        member,
        by=by,
        now=now,
        before=before,
        after=wanted,
        team_before=team_before.name,
        team=team.name,
    )


def change_details(
    session: Session,
    *,
    member: StaffMember,
    first_name: str,
    last_name: str,
    email: str,
    phone: str | None,
    room: str | None,
    by: Acting,
    now: datetime,
) -> None:
    """Write down another name, address, telephone or room.

    A new address makes the invitations to the old one worthless. Who has not come yet is invited
    there; who has is told at the old one.
    """
    given = {
        "first_name": first_name,
        "last_name": last_name,
        "email": addresses.plain(email),
        "phone": phone or None,
        "room": room or None,
    }
    staffing.check_details(**given)
    before = {name: getattr(member, name) for name in given}
    changed = [name for name, value in given.items() if value != before[name]]
    if not changed:
        return
    with lost_race(session, UNIQUE_ADDRESS, _taken(), field="email"):
        for name in changed:
            setattr(member, name, given[name])
        session.flush()  # the constraint answers now
    _record(
        session,
        "accounts.staff_details_changed",
        member,
        by=by,
        now=now,
        before={name: before[name] for name in changed},
        after={name: given[name] for name in changed},
    )
    if "email" in changed:
        _move_mail(session, member, str(before["email"]), by=by, now=now)


def _move_mail(
    session: Session, member: StaffMember, old: str, *, by: Acting, now: datetime
) -> None:
    letters.forget_links(session, member, LinkPurpose.INVITATION, now=now)
    if staffing.can_invite(member):
        _send_invitation(session, member, by=by, now=now)
    else:
        letters.send(session, member, "address_changed", address=old, now=now)


def _alone_with(session: Session, member: StaffMember) -> None:
    """Let nobody else change who works here until this transaction ends; read `member` anew.

    Two administrators who take the role from each other at the same time come here one after the
    other, and the second sees what the first has done.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("staff accounts", 0))))
    session.refresh(member)


def _take_keys_away(session: Session, member: StaffMember, *, now: datetime) -> None:
    member.password_hash = None
    factors.remove_app(session, person=member)
    for passkey in queries.passkeys_of(session, member):
        session.delete(passkey)
    sessions.end_all(session, person=member, why=Ended.OFFICE, now=now)


def _send_invitation(session: Session, member: StaffMember, *, by: Acting, now: datetime) -> bool:
    sent = letters.send_link(session, member, LinkPurpose.INVITATION, now=now)
    if sent:
        _record(session, "accounts.staff_invited", member, by=by, now=now)
    return sent


def _taken() -> str:
    return str(gettext("Diese Adresse hat schon ein Konto."))


def _record(
    session: Session, deed: str, member: StaffMember, *, by: Acting, now: datetime, **facts: Any
) -> None:
    audit.record(session, deed=deed, subject=("staff", member.id), by=by, now=now, **facts)
