"""Notes on a case: who reads them, how they change, and that nothing of them is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.casefiles.models import Case
from portal.casework import noting, queries
from portal.casework.models import CaseNote, NoteScope
from portal.core import clock
from portal.core.errors import Conflict, NotFound
from tests.client import PortalClient
from tests.factories import accounts, casefiles, casework

SECRET = "Hat von der Trennung erzählt."


def read_by(session: Session, case: Case, asker: StaffMember) -> list[str]:
    return [note.text for note in queries.notes_of(session, case=case, asker=asker)]


def test_a_note_of_the_team_is_read_by_the_teams_of_the_case(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    casework.note(session, case, jana, text="Für alle")
    colleague = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team)
    assert read_by(session, case, colleague) == ["Für alle"]
    assert read_by(session, case, selin) == []
    case.integration_officer = selin
    session.flush()
    assert read_by(session, case, selin) == ["Für alle"]


def test_a_private_note_is_read_by_its_writer_alone(
    session: Session, case: Case, jana: StaffMember
) -> None:
    note = casework.note(session, case, jana, text=SECRET, scope=NoteScope.PRIVATE)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=jana.team)
    assert read_by(session, case, jana) == [SECRET]
    assert read_by(session, case, lead) == []
    with pytest.raises(NotFound):
        queries.note_for(session, note.id, case=case, asker=lead)


def test_who_asks_for_the_own_data_gets_private_notes_and_earlier_wordings(
    session: Session, case: Case, jana: StaffMember
) -> None:
    note = casework.note(session, case, jana, text=SECRET, scope=NoteScope.PRIVATE)
    later = clock.now() + timedelta(minutes=5)
    noting.rewrite(session, note=note, text="Zieht aus.", version=1, by=jana, now=later)
    session.flush()
    session.expire_all()
    (found,) = queries.notes_to_disclose(session, case_id=case.id)
    assert found.text == "Zieht aus."
    assert [one.text for one in found.earlier] == [SECRET]


def test_no_page_of_a_citizen_shows_a_note(
    client: PortalClient, session: Session, case: Case, jana: StaffMember
) -> None:
    casework.note(session, case, jana, text=SECRET)
    client.sign_in(case.members[0].citizen)
    for address in ("/", "/konto/einsicht", "/dokumente", "/nachrichten", "/briefe"):
        assert SECRET not in client.get(address, follow_redirects=True).text, address
    assert client.get(f"/amt/akten/{case.id}/notizen").status_code != 200


def test_a_changed_note_keeps_its_earlier_wording(
    client: PortalClient, session: Session, case: Case, jana: StaffMember
) -> None:
    note = casework.note(session, case, jana, text="Zuerst")
    address = f"/amt/akten/{case.id}/notizen/{note.id}"
    assert client.post_form(address, data={"text": "Danach", "version": "1"}).status_code == 302
    page = client.get(address).text
    assert "Danach" in page
    assert "Zuerst" in page
    assert "Fassung 2" in page


def test_two_who_change_a_note_at_once_do_not_overwrite_each_other(
    client: PortalClient, session: Session, case: Case, jana: StaffMember
) -> None:
    note = casework.note(session, case, jana, text="Zuerst")
    noting.rewrite(session, note=note, text="Danach", version=1, by=jana, now=clock.now())
    session.flush()
    with pytest.raises(Conflict):
        noting.rewrite(session, note=note, text="Anders", version=1, by=jana, now=clock.now())
    answer = client.post_form(
        f"/amt/akten/{case.id}/notizen/{note.id}", data={"text": "Anders", "version": "1"}
    )
    assert answer.status_code == 409
    assert "inzwischen geändert" in answer.text
    assert "Anders" in answer.text  # what was typed stays


def test_only_the_writer_changes_a_note_and_everybody_who_reads_it_pins_it(
    client: PortalClient, session: Session, case: Case, jana: StaffMember
) -> None:
    colleague = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team)
    old = casework.note(session, case, jana, text="Alt", now=clock.now() - timedelta(days=9))
    casework.note(session, case, jana, text="Neu")
    with pytest.raises(Conflict):
        noting.rewrite(session, note=old, text="x", version=1, by=colleague, now=clock.now())
    client.sign_in(colleague)
    client.post_form(f"/amt/akten/{case.id}/notizen/{old.id}/anheften")
    assert read_by(session, case, jana) == ["Alt", "Neu"]
    client.post_form(f"/amt/akten/{case.id}/notizen/{old.id}/loesen")
    assert read_by(session, case, jana) == ["Neu", "Alt"]


def test_the_trail_names_the_deed_and_not_the_words(
    session: Session, case: Case, jana: StaffMember
) -> None:
    note = casework.note(session, case, jana, text=SECRET)
    noting.pin(session, note=note, by=jana, now=clock.now())
    noting.pin(session, note=note, by=jana, now=clock.now())
    session.flush()
    found = session.scalars(select(Event).where(Event.subject_kind == "case_note")).all()
    assert [event.deed for event in found] == ["casework.note_written", "casework.note_pinned"]
    assert SECRET not in str([event.facts for event in found])


def test_a_note_without_words_or_too_long_is_refused_and_kept_in_the_field(
    client: PortalClient, session: Session, case: Case, jana: StaffMember
) -> None:
    address = f"/amt/akten/{case.id}/notizen"
    assert client.post_form(address, data={"text": "  ", "scope": "team"}).status_code == 422
    answer = client.post_form(address, data={"text": "ä" * 4001, "scope": "team"})
    assert answer.status_code == 422
    assert "ä" * 4001 in answer.text
    assert client.post_form(address, data={"text": "ä" * 4000, "scope": "team"}).status_code == 302
    assert session.scalars(select(CaseNote.version)).all() == [1]


def test_a_note_of_another_case_is_not_found_here(
    client: PortalClient, session: Session, case: Case, jana: StaffMember
) -> None:
    note = casework.note(session, case, jana)
    other = casefiles.case(session)
    other.benefit_officer_id = jana.id
    session.flush()
    assert client.get(f"/amt/akten/{other.id}/notizen/{note.id}").status_code == 404
