"""Who knocks: a session and keys of an own for each of the visitors."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.keys import Method, Passkey, PortalSession
from portal.accounts.models import (
    Citizen,
    Person,
    Power,
    Representation,
    RepresentationKind,
    Role,
    StaffMember,
)
from portal.accounts.service import factors, inviting
from portal.accounts.service.secrets import hash_of, new_secret
from portal.audit.models import SYSTEM
from portal.casefiles.models import Case, CaseMember
from portal.core.db import new_id
from portal.identity import service as identity
from tests.factories import accounts, applications, casefiles

CASEWORK = (
    Role.BENEFIT_OFFICER,
    Role.INTEGRATION_OFFICER,
    Role.CASE_MANAGER,
)


@dataclass(frozen=True)
class Visitors:
    """What the session cookie of each visitor holds, and who has left the office."""

    secrets: dict[str, str | None]
    left: StaffMember


def knock(
    session: Session, *, oksana: Citizen, officer: StaffMember, case: Case, now: datetime
) -> Visitors:
    """Make every visitor."""
    team, secrets = officer.team, dict[str, str | None](non=None)
    citizens = {name: accounts.citizen(session) for name in ("cit", "hou", "hlp", "rep")}
    session.add(CaseMember(case_id=case.id, citizen=citizens["hou"], joined_at=now))
    applications.draft(session, citizens["cit"])
    casefiles.document(session, owner=citizens["cit"], prepared=False)
    staff = {
        "wrg": accounts.staff_member(session, *CASEWORK),
        "dsk": accounts.staff_member(session, Role.FRONT_DESK, Role.MAILROOM),
        "rgt": officer,
        "led": accounts.staff_member(session, Role.TEAM_LEAD, team=team),
        "adm": accounts.staff_member(session, Role.ADMINISTRATOR),
        "exm": accounts.staff_member(session, *CASEWORK, team=team),
    }
    acts = {
        "hlp": (RepresentationKind.HELPER, (Power.SEE, Power.FILL_IN, Power.UPLOAD)),
        "rep": (RepresentationKind.POWER_OF_ATTORNEY, tuple(Power)),
    }
    for name, person in {"own": oksana, **citizens, **staff}.items():
        opened, secret = session_of(session, person, now=now)
        secrets[name] = secret
        if name in acts:
            kind, powers = acts[name]
            opened.representation_id = _represents(
                session, person, oksana, kind=kind, powers=powers, now=now
            ).id
        _own_keys(session, person, now=now)
    inviting.deactivate(session, member=staff["exm"], by=SYSTEM, now=now)
    return Visitors(secrets, staff["exm"])


def session_of(session: Session, person: Person, *, now: datetime) -> tuple[PortalSession, str]:
    secret = new_secret()
    opened = PortalSession(
        id=new_id(),
        secret_hash=hash_of(secret),
        method=Method.DEMO,
        level=3,
        device="Browser",
        network="127.0.0.1",
        started_at=now,
        seen_at=now,
        stepped_up_at=now,
        **_owner(person),
    )
    session.add(opened)
    session.flush()
    return opened, secret


def _represents(
    session: Session,
    person: Person,
    principal: Citizen,
    *,
    kind: RepresentationKind,
    powers: tuple[Power, ...],
    now: datetime,
) -> Representation:
    made = Representation(
        id=new_id(),
        kind=kind,
        principal_id=principal.id,
        representative_id=person.id,
        powers=[power.value for power in powers],
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=2),
        granted_at=now - timedelta(hours=1),
        granted_by_name=principal.name,
    )
    session.add(made)
    session.flush()
    return made


def _own_keys(session: Session, person: Person, *, now: datetime) -> None:
    """Give everybody what pages of the own account show: passkeys, a begun app, a number."""
    for _ in range(2):
        session.add(passkey(person, now=now))
    factors.begin_app(session, person=person, now=now)
    if isinstance(person, Citizen):
        identity.show_number(session, citizen=person, now=now)


def passkey(person: Person, *, now: datetime) -> Passkey:
    return Passkey(
        id=new_id(),
        credential_id=new_id().bytes,
        public_key=b"key",
        sign_count=0,
        transports=[],
        name="Handy",
        created_at=now,
        **_owner(person),
    )


def _owner(person: Person) -> dict[str, Any]:
    column = "staff_member_id" if isinstance(person, StaffMember) else "citizen_id"
    return {column: person.id}
