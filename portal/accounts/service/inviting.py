"""People of the office come by invitation only: an account, a link, a password, a second factor."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import addresses, queries, rules
from portal.accounts.keys import Ended, LinkPurpose, SecretLink
from portal.accounts.models import Role, StaffMember, StaffRole, Team
from portal.accounts.service import factors, letters, resetting, sessions
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core.db import lost_race


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
    member = StaffMember(
        email=addresses.plain(email),
        first_name=first_name,
        last_name=last_name,
        room=room,
        phone=phone,
        team=queries.team_by_name(session, team) or Team(name=team),
    )
    member.roles = [StaffRole(role=role) for role in dict.fromkeys(roles)]
    with lost_race(
        session, "uq_staff_members_email", gettext("Diese Adresse hat schon ein Konto.")
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
    )
    return member


def invite(session: Session, *, member: StaffMember, by: Acting, now: datetime) -> None:
    """Send the link with which a staff member sets password and second factor; older ones die."""
    letters.send_link(session, member, LinkPurpose.INVITATION, now=now)
    _record(session, "accounts.staff_invited", member, by=by, now=now)


def draw_invitation(
    session: Session, *, member: StaffMember, by: Acting, now: datetime
) -> tuple[SecretLink, str]:
    """Make an invitation and return link and secret, for the terminal of the operator."""
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


def reset_keys(session: Session, *, member: StaffMember, by: Acting, now: datetime) -> None:
    """Take every key of a staff member away, end every session, and invite anew."""
    member.password_hash = None
    factors.remove_app(session, person=member)
    for passkey in queries.passkeys_of(session, member):
        session.delete(passkey)
    sessions.end_all(session, person=member, why=Ended.OFFICE, now=now)
    _record(session, "accounts.keys_reset", member, by=by, now=now)
    invite(session, member=member, by=by, now=now)


def deactivate(session: Session, *, member: StaffMember, by: Acting, now: datetime) -> None:
    """Close the account of somebody who has left: every session ends with this request."""
    member.is_active = False
    sessions.end_all(session, person=member, why=Ended.OFFICE, now=now)
    letters.forget_links(session, member, LinkPurpose.INVITATION, now=now)
    _record(session, "accounts.staff_deactivated", member, by=by, now=now)


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
    wanted = list(dict.fromkeys(roles))
    before = [held.role for held in member.roles]
    member.roles = [
        *(held for held in member.roles if held.role in wanted),
        *(StaffRole(role=role) for role in wanted if role not in before),
    ]
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
        team=team.name,
    )


def _record(
    session: Session, deed: str, member: StaffMember, *, by: Acting, now: datetime, **facts: Any
) -> None:
    audit.record(session, deed=deed, subject=("staff", member.id), by=by, now=now, **facts)
