"""What need not be typed again comes from earlier applications, whatever form they were."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from portal.applications import known, queries, service, shelf
from portal.applications.models import Source
from portal.applications.places import APPLICANT, Place
from tests.factories import applications as make
from tests.factories.accounts import citizen
from tests.factories.applications import row

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
DAY = NOW.date()
PETRO, MILA = row(1), row(2)

HOUSEHOLD = {
    Place("lives_alone"): False,
    Place("member_first_name", PETRO): "Petro",
    Place("member_last_name", PETRO): "Kovalenko",
    Place("member_birth_date", PETRO): "1990-01-02",
    Place("member_relationship", PETRO): "partner",
    Place("member_first_name", MILA): "Mila",
    Place("member_last_name", MILA): "Kovalenko",
    Place("member_birth_date", MILA): "2018-05-06",
    Place("member_relationship", MILA): "child",
}


@pytest.fixture
def send(session, monkeypatch):
    """Return a verb that sends a form with these answers, complete or not."""
    monkeypatch.setattr("portal.applications.rules.check_can_submit", lambda *_: None)

    def sent(me, form, answers, *, ago):
        now = NOW - timedelta(days=ago)
        definition = shelf.current(form, DAY)
        draft = service.begin(session, definition=definition, by=me, now=now)
        filled = queries.filled_for(session, draft.id, asker=me)
        service.save_answers(session, filled=filled, answers=answers, by=me, now=now)
        service.submit(session, application=draft, key=uuid.uuid4(), by=me, now=now)

    return sent


def known_for(session, me, form):
    return known.answers(session, form=shelf.current(form, DAY), citizen=me, now=NOW)


def test_the_main_application_fills_in_the_renewal_person_by_person(session, send):
    me = citizen(session)
    send(
        me,
        "ha",
        HOUSEHOLD | {Place("ek_kinds", None, PETRO): ["none"], Place("truth"): True},
        ago=300,
    )
    found = known_for(session, me, "wba")
    assert found[Place("member_first_name", MILA)].value == "Mila"
    assert found[Place("ek_kinds", None, PETRO)].value == ["none"]
    assert found[Place("ek_kinds", None, PETRO)].source is Source.EARLIER
    assert Place("truth") not in found  # said anew each time


def test_the_newest_word_counts(session, send):
    me = citizen(session)
    send(me, "ha", HOUSEHOLD | {Place("ek_kinds", None, APPLICANT): ["none"]}, ago=300)
    send(me, "ek", HOUSEHOLD | {Place("ek_kinds", None, APPLICANT): ["job"]}, ago=20)
    assert known_for(session, me, "wba")[Place("ek_kinds", None, APPLICANT)].value == ["job"]


def test_who_has_moved_out_is_in_no_later_form(session, send):
    me = citizen(session)
    send(me, "ha", HOUSEHOLD | {Place("ek_kinds", None, PETRO): ["job"]}, ago=300)
    moved = {
        Place("change_kinds"): ["moved_out"],
        Place("moved_out_person"): str(PETRO),
    }
    send(me, "vaem", HOUSEHOLD | moved, ago=10)
    found = known_for(session, me, "wba")
    assert {place.row for place in found if place.question == "member_first_name"} == {MILA}
    assert not [place for place in found if place.owner == PETRO]


def test_another_persons_applications_are_not_known(session, send):
    send(citizen(session), "ha", HOUSEHOLD, ago=300)
    other = citizen(session)
    assert Place("member_first_name", MILA) not in known_for(session, other, "wba")


def test_the_form_for_tests_knows_its_own_past(session):
    me = citizen(session)
    make.sent(session, me, now=NOW)
    found = known.answers(session, form=make.form(), citizen=me, now=NOW)
    assert found[Place("street")].value == "Lindenweg 4"
