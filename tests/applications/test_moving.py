"""A draft goes on with a newer version of its form: what fits comes along, the rest is listed."""

import copy
from datetime import UTC, date, datetime

import pytest
import yaml
from hypothesis import given, settings

from portal.applications import moving, queries, service, shelf
from portal.applications.definitions import Form
from portal.applications.moving import Fate, move, weigh_up
from portal.applications.places import Kept, Place
from portal.applications.sheet import Sheet
from tests.applications.answers import answers
from tests.applications.test_lint import SMALL, TEXT
from tests.factories.accounts import citizen

DAY = date(2026, 11, 27)
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def version(number: int, *changes) -> Form:
    made = copy.deepcopy(SMALL) | {"version": number}
    made["sections"][0]["pages"][1].pop("when")
    made["requirements"] = []
    for change in changes:
        change(made["sections"][0]["pages"])
    return shelf.read(yaml.safe_dump(made))


def no_option_two(pages):
    pages[1]["questions"][0]["options"][1]["id"] = "three"


def no_question_alone(pages):
    pages[0]["questions"] = [{"id": "fresh", "type": "text", "label": TEXT}]


def kind_is_text(pages):
    pages[1]["questions"][0] = {"id": "kind", "type": "text", "label": TEXT}


def kind_is_called_sort(pages):
    pages[1]["questions"][0] |= {"id": "sort", "was": "kind"}


FIRST = version(1)
KEPT = {
    Place("alone"): Kept(True),
    Place("kind"): Kept("two"),
    Place("name", service.new_id()): Kept("Oksana"),
}


def moved(*changes):
    return move(Sheet(FIRST, KEPT, day=DAY), version(2, *changes))


def test_what_fits_comes_along_with_its_source():
    result = moved()
    assert dict(result.sheet.kept) == KEPT
    assert not result.left_behind
    assert not result.new_gaps


@pytest.mark.parametrize(
    ("change", "place", "fate"),
    [
        (no_question_alone, Place("alone"), Fate.GONE),
        (no_option_two, Place("kind"), Fate.REFUSED),
        (kind_is_text, Place("kind"), Fate.REFUSED),
    ],
)
def test_what_does_not_fit_is_listed(change, place, fate):
    result = moved(change)
    assert result.left_behind == {place: fate}
    assert place not in result.sheet.kept


def test_what_is_asked_anew_is_named():
    assert Place("fresh") in moved(no_question_alone).new_gaps


def test_a_renamed_question_keeps_its_answer():
    result = moved(kind_is_called_sort)
    assert result.sheet.answer("sort") == "two"
    assert not result.left_behind


def test_a_dry_run_counts_drafts_that_lose_and_gain():
    sheets = [Sheet(FIRST, KEPT, day=DAY), Sheet(FIRST, {}, day=DAY)]
    run = weigh_up(sheets, version(2, no_question_alone, no_option_two))
    assert (run.drafts, run.lose_an_answer, run.get_new_questions) == (2, 1, 2)
    assert run.lost == {"alone": 1, "kind": 1}
    assert run.asked["fresh"] == 2


@settings(max_examples=60, deadline=None)
@given(answers(FIRST))
def test_no_answer_is_lost_without_being_listed(kept):
    result = move(Sheet(FIRST, kept, day=DAY), version(2, no_question_alone, no_option_two))
    assert set(result.sheet.kept) | set(result.left_behind) == set(kept)


# The draft itself


@pytest.fixture
def begun(session):
    me = citizen(session)
    draft = service.begin(session, definition=FIRST, by=me, now=NOW)
    filled = queries.filled_for(session, draft.id, asker=me)
    answers = {place: kept.value for place, kept in KEPT.items()}
    service.save_answers(session, filled=filled, answers=answers, by=me, now=NOW)
    return me, draft


def test_a_moved_draft_says_in_words_what_changed(session, begun, app):
    me, draft = begun
    with app.test_request_context():
        moving.move_draft(session, application=draft, form=version(3, no_option_two), now=NOW)
    filled = queries.filled_for(session, draft.id, asker=me)
    assert filled.application.version == 3
    assert filled.sheet.form.version == 3
    assert filled.sheet.answer("alone") is True
    [told] = [one for one in draft.moved if one["fate"] == "refused"]
    assert told["raw"] == "two"
    assert told["value"] == "Text"  # the label of the option as it was


def test_moving_there_and_back_loses_nothing(session, begun, app):
    _, draft = begun
    before = queries.answers_of(session, application=draft)
    with app.test_request_context():
        newer = version(2, no_question_alone, no_option_two)
        moving.move_draft(session, application=draft, form=newer, now=NOW)
        moving.move_draft(session, application=draft, form=FIRST, now=NOW)
    assert queries.answers_of(session, application=draft) == before
    assert [one for one in draft.moved or () if "raw" in one] == []


def test_the_list_is_put_aside_once_it_is_read(session, begun, app):
    me, draft = begun
    with app.test_request_context():
        moving.move_draft(session, application=draft, form=version(3, no_option_two), now=NOW)
    moving.acknowledge(session, application=draft, by=me, now=NOW)
    assert draft.moved is None
