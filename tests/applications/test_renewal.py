"""Cards that one confirms, and the reminders before an award ends."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.applications import queries, renewal, service
from portal.applications.models import Source
from portal.applications.places import Place
from portal.casefiles import service as casefiles
from portal.notifications.models import Message
from tests.factories import applications as make
from tests.factories.accounts import citizen

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
END = date(2027, 1, 26)  # 60 days after that day


def with_cards():
    form = make.form()
    sections = tuple(section.model_copy(update={"card": True}) for section in form.sections)
    return form.model_copy(update={"sections": sections, "version": 91})


@pytest.fixture
def renewing(session):
    """A citizen with an earlier application, and a new draft on a form with cards."""
    me = citizen(session)
    make.sent(session, me, now=NOW - timedelta(days=200))
    draft = service.begin(session, definition=with_cards(), by=me, now=NOW)
    return me, queries.filled_for(session, draft.id, asker=me)


def part(filled, id):
    return next(one for one in filled.sheet.parts if one.section.id == id)


def test_what_is_known_stands_on_a_card_and_is_confirmed_at_once(session, renewing):
    me, filled = renewing
    about_me = part(filled, "about_you")
    assert renewal.is_card(filled.sheet, about_me)
    known = renewal.known_in(filled.sheet, about_me)
    assert Place("first_name") in known

    saved = renewal.confirm(session, filled=filled, parts=[about_me], by=me, now=NOW)

    assert not renewal.is_card(saved.sheet, part(saved, "about_you"))
    kept = saved.sheet.kept[Place("first_name")]
    assert kept.is_confirmed
    assert kept.source is Source.EARLIER  # where it came from stays written
    assert saved.sheet.kept[Place("lives_alone")].is_confirmed is False


def test_a_part_of_which_nothing_is_known_is_no_card(renewing):
    _, filled = renewing
    assert not renewal.is_card(filled.sheet, part(filled, "declaration"))


def test_the_sources_of_answers_go_with_what_is_sent(session, renewing):
    me, filled = renewing
    answers = make.places(make.NOTHING_CHANGED)
    missing = {p: v for p, v in answers.items() if p not in filled.sheet.kept}
    service.save_answers(session, filled=filled, answers=missing, by=me, now=NOW)
    sent = service.submit(session, application=filled.application, key=uuid.uuid4(), by=me, now=NOW)
    assert sent.sent_sources["first_name//"] == {"source": "earlier", "by": None}
    assert "truth//" not in sent.sent_sources


# Reminders


@pytest.fixture
def awarded(session, monkeypatch):
    monkeypatch.setattr(renewal, "FORM", "probe")
    me = citizen(session)
    case = casefiles.case_for(session, citizen=me, now=NOW)
    case.award_from, case.award_until = date(2026, 2, 1), END
    session.flush()
    return me, case


def mails(session, me):
    found = select(Message).where(
        Message.recipient_id == me.id, Message.template == "renewal_reminder"
    )
    return len(session.scalars(found.order_by(Message.id)).all())


def run_every_day(session, days):
    return [day for day in days if renewal.remind(session, now=NOW + timedelta(days=day))]


def test_four_reminders_before_the_end_and_none_twice(session, awarded):
    me, _ = awarded
    assert run_every_day(session, range(-3, 70)) == [0, 30, 46, 57]
    assert mails(session, me) == 4


def test_a_worker_that_slept_sends_the_latest_only(session, awarded):
    assert run_every_day(session, [50, 51, 52]) == [50]


def test_who_has_sent_the_renewal_hears_nothing(session, awarded):
    me, _ = awarded
    make.sent(session, me, now=NOW + timedelta(days=10))
    assert run_every_day(session, range(11, 70)) == []


def test_what_was_sent_for_the_award_before_does_not_count(session, awarded):
    me, _ = awarded
    make.sent(session, me, now=NOW - timedelta(days=290))
    assert run_every_day(session, range(70)) == [0, 30, 46, 57]


def test_after_the_end_nobody_is_reminded(session, awarded):
    assert run_every_day(session, [61, 90]) == []
