"""Two devices on one draft: nothing that somebody else has answered is overwritten unseen."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.applications import queries, service
from portal.applications.merging import mark, merge, read_marks
from portal.applications.models import Source
from portal.applications.places import Kept, Place
from portal.core import clock
from tests.factories import applications as make
from tests.factories.accounts import citizen

PLACE = Place("city")
values = st.none() | st.sampled_from(["A", "B", "C"])


def decided(shown, stored, typed):
    kept = {PLACE: Kept(stored)} if stored is not None else {}
    merged = merge({PLACE: typed}, {PLACE: mark(shown)}, kept, by=None)
    if PLACE in merged.conflicts:
        return "conflict"
    written = merged.write.get(PLACE, kept.get(PLACE))
    return written.value if written else None


@given(values, values, values)
def test_nobody_overwrites_what_they_have_not_seen(shown, stored, typed):
    result = decided(shown, stored, typed)
    if typed == shown:
        assert result == stored  # who changed nothing changes nothing
    elif stored in (shown, typed):
        assert result == typed
    else:
        assert result == "conflict"


@given(values, values)
def test_the_same_post_again_changes_nothing(shown, typed):
    once = decided(shown, shown, typed)
    assert decided(shown, once, typed) == once


def test_said_again_is_confirmed_and_keeps_its_source():
    kept = {PLACE: Kept("Lindenau", Source.EARLIER)}
    merged = merge({PLACE: "Lindenau"}, {}, kept, by=None)
    assert merged.write == {PLACE: Kept("Lindenau", Source.EARLIER, is_confirmed=True)}


@pytest.mark.parametrize("typed", ["", "[]", "{", '{"city": 3}', "null", "x" * 10_000])
def test_a_forged_map_of_marks_is_none(typed):
    assert read_marks(typed) == {}


# In the browser, without JavaScript


@pytest.fixture
def me(session, client):
    person = citizen(session)
    client.sign_in(person)
    session.commit()
    return person


@pytest.fixture
def draft(session, me):
    made = make.draft(session, me, {"street": "Lindenweg 4", "postcode": "35390", "city": "Alt"})
    session.commit()
    return made


def seen_on(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="([^"]*)"', page)
    assert found
    return found[1].replace("&#34;", '"')


def answer_of(session, draft, question):
    session.expire_all()
    found = queries.answers_of(session, application=draft)
    return found[Place(question)].value


def on_another_device(session, me, draft, **answers):
    filled = queries.filled_for(session, draft.id, asker=me)
    service.save_answers(
        session,
        filled=filled,
        answers={Place(id): value for id, value in answers.items()},
        by=me,
        now=clock.now(),
    )
    session.commit()


TYPED = {"street": "Lindenweg 4", "postcode": "35390", "city": "Hier"}


def test_two_answers_to_one_question_are_both_shown_and_one_is_chosen(client, session, me, draft):
    address = f"/antraege/{draft.id}/anschrift"
    seen = seen_on(client.get(address).text)
    on_another_device(session, me, draft, city="Dort", street="Gartenweg 1")

    answer = client.post_form(address, TYPED | {"seen": seen})
    assert answer.status_code == 422
    assert "Auf einem anderen Gerät steht jetzt: Dort" in answer.text
    assert 'value="Hier"' in answer.text
    assert answer_of(session, draft, "city") == "Dort"
    assert answer_of(session, draft, "street") == "Gartenweg 1"  # untouched here, changed there

    again = {"seen": seen_on(answer.text), "open": "city"} | TYPED | {"street": "Gartenweg 1"}
    undecided = client.post_form(address, again)
    assert undecided.status_code == 422
    assert "Wählen Sie, welche Antwort stimmt." in undecided.text

    mine = client.post_form(address, again | {"city-wahl": "mine"})
    assert mine.status_code == 302
    assert answer_of(session, draft, "city") == "Hier"


def test_the_other_answer_can_be_taken(client, session, me, draft):
    address = f"/antraege/{draft.id}/anschrift"
    seen = seen_on(client.get(address).text)
    on_another_device(session, me, draft, city="Dort")
    page = client.post_form(address, TYPED | {"seen": seen}).text
    theirs = {"seen": seen_on(page), "open": "city", "city-wahl": "theirs"}
    assert client.post_form(address, TYPED | theirs).status_code == 302
    assert answer_of(session, draft, "city") == "Dort"


def test_autosave_takes_only_what_it_names_and_tells_of_a_conflict(client, session, me, draft):
    address = f"/antraege/{draft.id}/anschrift"
    seen = seen_on(client.get(address).text)
    on_another_device(session, me, draft, city="Dort")
    sent = {"seen": seen, "only": "city,phone", "city": "Hier", "phone": "0641 1"}
    fields = client.post_form(f"{address}/merken", sent).json["fields"]
    assert {id: one["state"] for id, one in fields.items()} == {
        "city": "conflict",
        "phone": "saved",
    }
    assert fields["city"]["mark"] == mark("Dort")
    assert answer_of(session, draft, "city") == "Dort"
    assert answer_of(session, draft, "street") == "Lindenweg 4"  # not named, not emptied


def test_a_row_is_kept_while_it_is_filled_in(client, session, me, draft):
    on_another_device(session, me, draft, lives_alone=False)
    address = f"/antraege/{draft.id}/haushalt-personen/eintrag/{make.row(1)}/merken"
    fields = client.post_form(address, {"member_first_name": "Mila", "only": "member_first_name"})
    assert fields.json["fields"]["member_first_name"]["state"] == "saved"
    found = queries.answers_of(session, application=draft)
    assert found[Place("member_first_name", make.row(1))].value == "Mila"


def test_what_is_sent_takes_no_answer_any_more(client, session, me):
    sent = make.sent(session, me)
    session.commit()
    answer = client.post_form(f"/antraege/{sent.id}/anschrift/merken", {"city": "Neu"})
    assert answer.status_code == 409
    assert answer_of(session, sent, "city") == "Lindenau"
