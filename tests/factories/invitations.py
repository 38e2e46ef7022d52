"""Invitations, summonses and hearings for tests, made by the deeds of the house."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.calendars.models import Channel
from portal.calendars.slots import Slot
from portal.casefiles.models import Case
from portal.core import clock
from portal.invitations import hearings, inviting, summoning
from portal.invitations.capacity import Guest
from portal.invitations.models import Hearing, Invitation, Purpose, Summons
from portal.postbox import jobs
from tests.factories import appointments, casefiles
from tests.factories.appointments import NOW


def guest(session: Session, citizen: Citizen, officer: StaffMember, *, now: datetime) -> Guest:
    """Open the file of a citizen in the team of the officer."""
    case = casefiles.case(session, citizen, now=now)
    case.team = officer.team
    session.flush()
    return Guest(case, citizen)


def invitation(
    session: Session,
    citizen: Citizen,
    officer: StaffMember,
    *,
    now: datetime = NOW,
    filed: bool = True,
    **fields: Any,
) -> Invitation:
    """Invite one citizen to a talk by video."""
    found = inviting.invite(
        session,
        guests=[guest(session, citizen, officer, now=now)],
        by=officer,
        now=now,
        **{
            "type": appointments.kind(session),
            "channel": Channel.VIDEO,
            "answer_until": clock.local_date(now) + timedelta(days=10),
            "about": "Wir möchten hören, wie es Ihnen geht.",
            **fields,
        },
    )
    [made] = found.invitations
    if filed:
        jobs.file_letter(session, now=now, letter_id=str(made.letter_id))
    return made


def summons(
    session: Session,
    citizen: Citizen,
    officer: StaffMember,
    *,
    case: Case | None = None,
    now: datetime = NOW,
    slot: Slot | None = None,
    filed: bool = True,
    **fields: Any,
) -> Summons:
    """Summon a citizen to the office for the first Monday that leaves enough time."""
    day = clock.local_date(now) + timedelta(days=14)
    made = summoning.summon(
        session,
        case=case or guest(session, citizen, officer, now=now).case,
        citizen=citizen,
        slot=slot or appointments.slot_at(officer, day),
        by=officer,
        now=now,
        land="HE",
        **{
            "purpose": Purpose.PLACEMENT,
            "about": "Wir sprechen über die Stelle im Lager.",
            "is_first_talk": False,
            "type": appointments.kind(session, "jobcenter"),
            **fields,
        },
    )
    if filed:
        jobs.file_letter(session, now=now, letter_id=str(made.letter_id))
    return made


def hearing(
    session: Session,
    citizen: Citizen,
    officer: StaffMember,
    *,
    case: Case | None = None,
    now: datetime = NOW,
    filed: bool = True,
    **fields: Any,
) -> Hearing:
    """Hear a citizen before a benefit is cut."""
    made = hearings.ask(
        session,
        case=case or guest(session, citizen, officer, now=now).case,
        citizen=citizen,
        by=officer,
        now=now,
        land="HE",
        **{
            "planned": "Wir möchten Ihren Regelbedarf für Dezember mindern.",
            "facts": "Am 2. November waren Sie nicht beim Termin.\nEinen Grund kennen wir nicht.",
            "basis": "§ 32 SGB II",
            "is_personal": True,
            "type": appointments.kind(session),
            **fields,
        },
    )
    if filed:
        jobs.file_letter(session, now=now, letter_id=str(made.letter_id))
    return made
