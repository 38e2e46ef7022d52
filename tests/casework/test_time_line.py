"""Everything that happened, in one line: each room tells its part, and no place is lost."""

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.appointments import contacts
from portal.appointments.contacts_models import ContactWay
from portal.casefiles.models import Case, DocumentKind
from portal.casework import time_line
from portal.casework.entries import NAMES, EntryKind, Place
from portal.casework.models import NoteScope
from portal.core import clock
from tests.client import PortalClient
from tests.factories import (
    accounts,
    applications,
    appointments,
    casefiles,
    casework,
    consultations,
    invitations,
    messages,
)
from tests.queries import counted_queries


def test_every_kind_has_a_source_and_a_name() -> None:
    assert set(time_line.SOURCES) == set(EntryKind) == set(NAMES)


def fill(session: Session, case: Case, jana: StaffMember, selin: StaffMember) -> None:
    """Let every room have something to tell."""
    owner, now = case.members[0].citizen, clock.now() - timedelta(hours=1)
    host = appointments.officer(session, team=jana.team)
    case.integration_officer_id = host.id
    session.flush()
    applications.sent(session, owner, now=now)
    casefiles.document(session, owner=owner, title="Lohn Oktober", now=now)
    casefiles.evidence_request(session, owner=owner, now=now)
    invitations.invitation(session, owner, host, now=now, about="Wie es weitergeht")
    over = consultations.booking(
        session, starts_in=timedelta(hours=-3), now=now, citizen=owner, officer=host
    )
    over.case_id = case.id
    contacts.note_contact(
        session, case=case, way=ContactWay.PHONE, at=now, text="Am Telefon", by=jana, now=now
    )
    casework.note(session, case, jana, text="Vormittags", now=now)
    casework.question(session, case, jana, selin, now=now)
    messages.thread(session, owner, subject="Wann kommt das Geld?", now=now)
    session.flush()


def test_each_room_tells_its_part(
    client: PortalClient, session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    fill(session, case, jana, selin)
    found = time_line.stretch(session, case=case, asker=jana, now=clock.now())
    assert {entry.kind for entry in found.entries} == set(EntryKind)
    page = client.get(f"/amt/akten/{case.id}/verlauf").text
    for words in ("Lohn Oktober", "Am Telefon", "Vormittags", "Fachfrage an", "angefordert"):
        assert words in page, words
    page = client.get(f"/amt/akten/{case.id}/verlauf?art=notizen&art=unsinn").text
    assert "Vormittags" in page
    assert "Lohn Oktober" not in page


def test_what_is_none_of_the_askers_work_is_not_told(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    fill(session, case, jana, selin)
    owner = case.members[0].citizen
    casefiles.document(session, owner=owner, kind=DocumentKind.BANK_STATEMENTS, title="Konto")
    casework.note(session, case, jana, text="Privat", scope=NoteScope.PRIVATE)
    desk = accounts.staff_member(session, Role.MAILROOM)
    for asker in (selin, desk):
        found = time_line.stretch(session, case=case, asker=asker, now=clock.now(), limit=500)
        kinds = {entry.kind for entry in found.entries}
        assert EntryKind.APPLICATION not in kinds
        assert EntryKind.NOTE not in kinds
        assert "Privat" not in str(found.entries)
    kinds = {entry.kind for entry in found.entries}  # the mailroom arranges no talks
    assert not kinds & {EntryKind.APPOINTMENT, EntryKind.CONTACT}


def test_no_place_is_lost_or_told_twice_though_all_happened_in_one_moment(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    now = clock.now()
    for number in range(7):
        casework.note(session, case, jana, text=f"Notiz {number}", now=now)
        casework.question(session, case, jana, selin, text=f"Frage {number}", now=now)
    casework.note(session, case, jana, text="Davor", now=now - timedelta(days=2))
    told, after = [], None
    for _ in range(20):
        found = time_line.stretch(session, case=case, asker=jana, now=now, after=after, limit=3)
        told += [entry.text for entry in found.entries]
        if found.goes_on is None:
            break
        after = Place.read(str(found.goes_on))
    assert len(told) == len(set(told)) == 15
    assert told[-1] == "Davor"


def test_a_place_that_is_none_begins_at_the_top(
    client: PortalClient, case: Case, jana: StaffMember, app: Flask
) -> None:
    for words in ("", "gestern", "2026-11-27~notizen~x", "2026-11-27T10:00:00~notizen~", "~~~"):
        assert Place.read(words) is None, words
    address = f"/amt/akten/{case.id}/verlauf"
    assert client.get(address, query_string={"vor": "\x00~~"}).status_code in {200, 400}
    assert client.get(address, query_string={"vor": "quatsch"}).status_code == 200


def test_a_longer_line_asks_no_more_queries(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember, app: Flask
) -> None:
    counts = []
    for _ in range(2):
        owner = case.members[0].citizen
        for _ in range(3):
            casefiles.document(session, owner=owner)
            casefiles.evidence_request(session, owner=owner)
            casework.note(session, case, jana)
            casework.question(session, case, jana, selin)
        session.expire_all()
        case.members, case.benefit_officer_id, jana.team_id, selin.team_id, jana.roles  # noqa: B018
        session.refresh(case, ["benefit_officer", "integration_officer"])
        with counted_queries() as statements:
            time_line.stretch(session, case=case, asker=jana, now=clock.now(), limit=500)
        counts.append(len(statements))
    assert counts[0] == counts[1]
