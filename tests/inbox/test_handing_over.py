"""Handing over: the note goes along, and nothing that was written gets lost."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.core.errors import InvalidInput
from portal.inbox import many, service, steps
from portal.inbox.list_models import Deed
from portal.inbox.models import LONGEST_NOTE, WorkItem
from tests.client import PortalClient
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item

NOW = clock.now()
NOTE = "Oksana ruft Donnerstag an.\nDer Vermieter heißt <Blum>."
TOO_LONG = "ä" * (LONGEST_NOTE + 1)


@pytest.fixture
def jana(client: PortalClient, session: Session) -> StaffMember:
    member = staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(member)
    return member


@pytest.fixture
def tobias(session: Session, jana: StaffMember) -> StaffMember:
    return staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, last_name="Brandt")


@pytest.fixture
def item(session: Session, jana: StaffMember) -> WorkItem:
    return work_item(session, team_of=jana)


def read(client: PortalClient, address: str, **texts: object) -> str:
    return unescape(client.get(address, **texts).text)


def test_the_note_stands_in_the_list_the_way_and_the_start_page_of_who_gets_it(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember, item: WorkItem
) -> None:
    """Given an item, when it is handed over with a note, then the next person reads it."""
    given = {"colleague": str(tobias.id), "note": f"  {NOTE}\n"}
    assert client.post_form(f"/amt/eingang/{item.id}/weitergeben", given).status_code == 303
    session.refresh(item)
    assert (item.assignee_id, item.note, item.note_by) == (tobias.id, NOTE, jana.name)
    client.sign_in(tobias)
    inbox = read(client, "/amt/eingang?ansicht=meine")
    assert f"Notiz von {jana.name}:" in inbox
    row, _, way = inbox.partition("Weg im Haus")
    assert NOTE in row
    assert f"Weitergegeben. {NOTE}" in way
    assert NOTE in read(client, "/amt")
    assert "<Blum>" not in client.get("/amt/eingang").text, "a note is text, never markup"


def test_a_note_stays_with_the_item_until_the_next_hand_over(
    session: Session, jana: StaffMember, tobias: StaffMember, item: WorkItem
) -> None:
    service.hand_over(session, item=item, to=tobias, by=jana, now=NOW, note=NOTE)
    session.flush()
    service.claim(session, item=item, by=tobias, now=NOW + timedelta(minutes=1))
    assert item.note == NOTE, "taking it in hand does not lose what was said about it"
    service.hand_over(session, item=item, to=jana, by=tobias, now=NOW + timedelta(minutes=2))
    session.flush()
    assert (item.note, item.note_by) == (None, None)
    whys = [step.why for step in steps.steps_of(session, item)]
    assert whys == [f"Weitergegeben. {NOTE}", "Übernommen.", "Weitergegeben."]


def test_a_note_to_who_has_the_item_already_is_not_lost(
    session: Session, jana: StaffMember, item: WorkItem
) -> None:
    service.claim(session, item=item, by=jana, now=NOW)
    session.flush()
    service.hand_over(session, item=item, to=jana, by=jana, now=NOW, note=NOTE)
    session.flush()
    assert item.note == NOTE


def test_a_finished_item_shows_no_note(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember, item: WorkItem
) -> None:
    service.hand_over(session, item=item, to=tobias, by=jana, now=NOW, note=NOTE)
    service.close_items(session, kind=item.kind, subject_id=item.subject_id, by=tobias, now=NOW)
    session.flush()
    assert "Notiz von" not in read(client, "/amt/eingang?stand=erledigt")


@pytest.mark.parametrize("note", [NOTE, TOO_LONG])
@pytest.mark.parametrize("deed", ["weitergeben", "gemeinsam"])
def test_what_is_refused_keeps_what_was_written(
    client: PortalClient, jana: StaffMember, item: WorkItem, deed: str, note: str
) -> None:
    """Given a note and nobody chosen, the page asks again, and the note is still there."""
    address = "gemeinsam" if deed == "gemeinsam" else f"{item.id}/weitergeben"
    given = {"note": note, "schritt": "geben", "id": str(item.id)}
    answer = client.post_form(f"/amt/eingang/{address}?frist=heute", given)
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert "Wählen Sie, wer es übernimmt." in page
    assert ("Höchstens 500 Zeichen." in page) is (note == TOO_LONG)
    assert f"\n{note}</textarea>" in page
    assert f'action="/amt/eingang/{address}?ansicht=alle&frist=heute"' in page
    assert (f'name="id" value="{item.id}"' in page) is (deed == "gemeinsam")


def test_a_note_that_came_too_late_is_still_on_the_page(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember, item: WorkItem
) -> None:
    """Given an item that a colleague has taken meanwhile, what was written for it stays."""
    service.claim(session, item=item, by=tobias, now=NOW)
    session.flush()
    lena = staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, last_name="Lindner")
    given = {"colleague": str(lena.id), "note": NOTE, "schritt": "geben", "id": str(item.id)}
    for address, status in ((f"{item.id}/weitergeben", 403), ("gemeinsam", 422)):
        answer = client.post_form(f"/amt/eingang/{address}", given)
        page = unescape(answer.text)
        assert answer.status_code == status
        assert "Nur wer es bearbeitet oder das Team leitet" in page
        assert NOTE in page
        assert f'<option value="{lena.id}" selected>' in page
    session.refresh(item)
    assert (item.assignee_id, item.note) == (tobias.id, None)


def test_many_get_the_same_note_and_undo_brings_back_the_old_one(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    items = [work_item(session, team_of=jana, title=f"Brief {number}") for number in range(3)]
    service.hand_over(session, item=items[0], to=jana, by=jana, now=NOW, note="Die alte.")
    session.flush()
    given = {"schritt": "geben", "colleague": str(tobias.id), "note": NOTE}
    client.post_form("/amt/eingang/gemeinsam", {**given, "id": [str(one.id) for one in items]})
    for one in items:
        session.refresh(one)
    assert {one.note for one in items} == {NOTE}
    deed = many.latest(session, asker=jana, now=clock.now())
    assert deed
    assert many.take_back(session, id=deed.id, by=jana, now=clock.now()).done == 3
    assert [(one.note, one.note_by) for one in items] == [
        ("Die alte.", jana.name),
        (None, None),
        (None, None),
    ]


def test_the_limit_holds_without_a_page(
    session: Session, jana: StaffMember, tobias: StaffMember, item: WorkItem
) -> None:
    with pytest.raises(InvalidInput, match="Höchstens 500 Zeichen"):
        service.hand_over(session, item=item, to=tobias, by=jana, now=NOW, note=TOO_LONG)
    longest = {"deed": Deed.GIVE, "ids": [item.id], "to": tobias, "note": TOO_LONG[1:]}
    many.do(session, by=jana, now=NOW, **longest)
    session.flush()
    assert session.scalars(select(WorkItem.note)).all() == [TOO_LONG[1:]]
