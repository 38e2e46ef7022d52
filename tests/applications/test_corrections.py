"""Rounds of questions about a sent application: ask, answer what is marked, accept or ask again."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.accounts.models import Role
from portal.applications import (
    correction_queries,
    corrections,
    queries,
    rules,
    service,
    supplements,
)
from portal.applications.corrections import Mark
from portal.applications.models import (
    ApplicationState,
    CorrectionRound,
    MarkReason,
    Outcome,
    RoundEnd,
)
from portal.applications.places import Place
from portal.audit import queries as audit
from portal.casefiles.models import DocumentKind, RequestState
from portal.casefiles.wishes import Wish
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications import queries as notifications
from tests.factories import applications as make
from tests.factories import casefiles
from tests.factories.accounts import citizen, staff_member

NOW = clock.now()
BERLIN = ZoneInfo("Europe/Berlin")
LAND = "HE"


@pytest.fixture
def me(session):
    return citizen(session, first_name="Oksana", last_name="Kovalenko")


@pytest.fixture
def officer(session):
    return staff_member(session, Role.BENEFIT_OFFICER, first_name="Jana", last_name="Keller")


@pytest.fixture
def sent(session, me, officer):
    made = make.sent(session, me)
    made.case.team = officer.team
    session.flush()
    return made


def items(session, kind):
    found = select(WorkItem).where(WorkItem.kind == kind, WorkItem.closed_at.is_(None))
    return session.scalars(found.order_by(WorkItem.opened_at)).all()


def filled(session, sent, asker):
    return queries.filled_for(session, sent.id, asker=asker)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN).astimezone(ZoneInfo("UTC"))


# Asking


def test_asking_takes_the_application_into_review_and_lets_its_item_rest(
    session, me, officer, sent
):
    round = make.asked(session, sent, officer, "assets_accounts", "moved")
    assert sent.state is ApplicationState.IN_REVIEW
    assert round.number == 1
    assert [mark.before for mark in round.marks] == ["320.50", False]
    [item] = items(session, ItemKind.APPLICATION)
    assert item.reason.startswith("Ruht: Rückfrage an die Person")
    assert (item.due_on, item.next_step) == (round.due_on, "Antwort abwarten")
    [event] = audit.events_about(session, kind="correction_round", id=round.id)
    assert event.deed == "applications.correction_opened"
    assert "320" not in str(event.facts)


def test_one_mail_says_only_that_there_is_something(session, me, officer, sent):
    wish = Wish(DocumentKind.RENTAL_CONTRACT, "Der Mietvertrag fehlt.")
    marks = [
        Mark(MarkReason.UNCLEAR, "Geheimnis", place=Place("moved")),
        Mark(MarkReason.MISSING, wish=wish),
    ]
    before = len(notifications.latest_messages(session, address=me.address, limit=50))
    round = make.asked(session, sent, officer, marks=marks, words="Vertraulich")
    mails = notifications.latest_messages(session, address=me.address, limit=50)
    assert len(mails) == before + 1
    assert mails[0].subject == "Wir haben eine Frage an Sie"
    assert "Geheimnis" not in mails[0].text
    assert "Vertraulich" not in mails[0].text
    assert round.marks[1].request_id is not None


def test_a_paper_that_is_here_is_asked_again_with_its_pages(session, me, officer):
    draft = make.draft(session, me, make.NOTHING_CHANGED)
    make.attach(session, draft, me, "bank_statements")
    sent = make.sent(session, me)
    [attachment] = queries.attachments_of(session, application=sent)
    casefiles.prepare(session, attachment.document_id)
    mark = Mark(MarkReason.ILLEGIBLE, "Bitte heller", document=attachment.document, pages=(1,))
    round = make.asked(session, sent, officer, marks=[mark])
    [request] = correction_queries.open_requests(session, application=sent, asker=me)
    assert request.id == round.marks[0].request_id
    assert request.rejected_document_id == attachment.document_id
    assert request.marked_pages == [1]
    assert request.why == "Wir können es nicht lesen. Bitte heller"
    assert request.due_on == round.due_on


def test_a_paper_is_not_asked_for_twice(session, me, officer):
    draft = make.draft(session, me, make.NOTHING_CHANGED)
    make.attach(session, draft, me, "bank_statements")
    sent = make.sent(session, me)
    [attachment] = queries.attachments_of(session, application=sent)
    casefiles.prepare(session, attachment.document_id)
    for words in ("Bitte heller", "Noch heller"):
        mark = Mark(MarkReason.ILLEGIBLE, words, document=attachment.document)
        make.asked(session, sent, officer, marks=[mark])
    [request] = correction_queries.open_requests(session, application=sent)
    assert request.why == "Wir können es nicht lesen. Noch heller"


def test_nothing_marked_or_forged_opens_nothing(session, officer, sent):
    with pytest.raises(InvalidInput, match="Markieren Sie"):
        make.asked(session, sent, officer)
    with pytest.raises(Conflict, match="gehört nicht mehr"):
        make.asked(session, sent, officer, "moved_on")
    assert sent.state is ApplicationState.SUBMITTED


def test_five_rounds_at_once(session, me, officer, sent):
    questions = ["moved", "arrears", "assets_accounts", "city", "lives_alone"]
    rounds = [make.asked(session, sent, officer, question) for question in questions]
    assert [one.number for one in rounds] == [1, 2, 3, 4, 5]
    assert len(correction_queries.to_answer(session, asker=me)) == 5
    make.supplemented(session, sent, me, {"arrears": False}, round=rounds[1])
    make.supplemented(session, sent, me, {"city": "Gießen"}, round=rounds[3])
    waiting = {round.number for round, _ in correction_queries.to_answer(session, asker=me)}
    assert waiting == {1, 3, 5}
    [item] = items(session, ItemKind.APPLICATION)
    assert item.reason.startswith("Ruht")
    for number, answer in ((0, {"moved": False}), (2, {"assets_accounts": "1.00"})):
        make.supplemented(session, sent, me, answer, round=rounds[number])
    make.supplemented(session, sent, me, {"lives_alone": True}, round=rounds[4])
    assert items(session, ItemKind.APPLICATION)[0].reason == "In Prüfung bei Jana Keller."
    assert len(items(session, ItemKind.CORRECTION_ANSWERED)) == 5


def test_a_decided_application_is_not_asked_about(session, me, officer):
    sent = make.decided(session, me, officer)
    with pytest.raises(Conflict, match="abgeschlossen"):
        make.asked(session, sent, officer, "moved")


# Answering


def test_only_what_is_marked_can_be_changed(session, me, officer, sent):
    round = make.asked(session, sent, officer, "assets_accounts")
    given = {"filled": filled(session, sent, me), "round": round, "by": me, "now": NOW}
    for forged in ("moved", "iban", "assets_savings"):
        with pytest.raises(Conflict, match="lässt sich hier nicht ändern"):
            supplements.keep(session, **given, answers={Place(forged): "1.00"})
    assert correction_queries.draft_of(session, application=sent, round=round) is None


def test_what_a_marked_answer_newly_asks_may_be_answered(session, me, officer, sent):
    round = make.asked(session, sent, officer, "bank_changed")
    given = {"filled": filled(session, sent, me), "round": round, "by": me, "now": NOW}
    written = supplements.keep(session, **given, answers={Place("bank_changed"): True})
    assert {gap.question.id for gap in written.gaps} == {"iban", "account_holder"}
    with pytest.raises(InvalidInput, match="fragen wir noch"):
        supplements.send(session, **given, key=uuid.uuid4(), words=None)
    answers = {Place("iban"): "DE02120300000000202051", Place("account_holder"): "Oksana"}
    supplements.keep(session, **given, answers=answers)
    made = supplements.send(session, **given, key=uuid.uuid4(), words=None)
    assert made.number == 1
    assert round.answered_at == NOW


def test_an_answer_that_stays_counts_as_looked_at(session, me, officer, sent):
    round = make.asked(session, sent, officer, "assets_accounts", "moved")
    given = {"filled": filled(session, sent, me), "round": round, "by": me, "now": NOW}
    written = supplements.keep(session, **given, answers={Place("assets_accounts"): "320.50"})
    assert written.unanswered == (Place("moved"),)
    with pytest.raises(InvalidInput, match="alle Angaben"):
        supplements.send(session, **given, key=uuid.uuid4(), words=None)
    supplements.keep(session, **given, answers={Place("moved"): False})
    made = supplements.send(session, **given, key=uuid.uuid4(), words=None)
    assert [one["before"] == one["after"] for one in made.changes] == [True, True]


def test_an_answered_round_is_not_answered_again(session, me, officer, sent):
    round = make.asked(session, sent, officer, "moved")
    make.supplemented(session, sent, me, {"moved": False}, round=round)
    with pytest.raises(Conflict, match="schon beantwortet"):
        make.supplemented(session, sent, me, {"moved": False}, round=round)


# The day


def test_more_time_is_taken_once_and_is_as_much_again(session, me, officer, sent):
    opened = berlin(2026, 11, 27, 10, 0)
    round = make.asked(session, sent, officer, "moved", now=opened, due_on=date(2026, 12, 11))
    last_minute = berlin(2026, 12, 11, 23, 59, 59)
    corrections.extend(session, round=round, land=LAND, by=me, now=last_minute)
    assert round.extended_to == date(2026, 12, 28)  # the 25th is Christmas, then a weekend
    assert items(session, ItemKind.APPLICATION)[0].due_on == date(2026, 12, 28)
    with pytest.raises(Conflict, match="nicht mehr verlängern"):
        corrections.extend(session, round=round, land=LAND, by=me, now=last_minute)


def test_after_the_day_there_is_no_more_time_but_answers_still_count(session, me, officer, sent):
    opened = berlin(2026, 11, 27, 10, 0)
    round = make.asked(session, sent, officer, "moved", now=opened, due_on=date(2026, 12, 11))
    midnight = berlin(2026, 12, 12, 0, 0, 0)
    assert not rules.is_over(round, now=midnight - timedelta(seconds=1))
    assert rules.is_over(round, now=midnight)
    with pytest.raises(Conflict, match="Sie können trotzdem noch antworten"):
        corrections.extend(session, round=round, land=LAND, by=me, now=midnight)
    made = make.supplemented(session, sent, me, {"moved": False}, round=round, now=midnight)
    assert made.number == 1


def test_the_papers_of_a_round_get_more_time_with_it(session, me, officer, sent):
    wish = Wish(DocumentKind.RENTAL_CONTRACT, "Der Mietvertrag fehlt.")
    marks = [Mark(MarkReason.UNCLEAR, place=Place("moved")), Mark(MarkReason.MISSING, wish=wish)]
    round = make.asked(session, sent, officer, marks=marks)
    corrections.extend(session, round=round, land=LAND, by=me, now=NOW)
    [request] = correction_queries.open_requests(session, application=sent)
    assert request.due_on == round.extended_to


# What the office does with it


def test_accepting_closes_the_round_and_its_item(session, me, officer, sent):
    round = make.asked(session, sent, officer, "moved")
    made = make.supplemented(session, sent, me, {"moved": False}, round=round)
    [item] = items(session, ItemKind.CORRECTION_ANSWERED)
    assert (item.subject_id, item.reason) == (round.id, "Antwort auf Rückfrage 1.")
    assert item.assignee_id == officer.id
    corrections.accept(session, round=round, by=officer, now=NOW)
    assert (round.end_kind, round.closed_by_name) == (RoundEnd.ACCEPTED, "Jana Keller")
    assert items(session, ItemKind.CORRECTION_ANSWERED) == []
    assert correction_queries.answer_to(session, round=round).id == made.id
    with pytest.raises(Conflict, match="schon erledigt"):
        corrections.accept(session, round=round, by=officer, now=NOW)


def test_asking_again_closes_the_first_round(session, me, officer, sent):
    first = make.asked(session, sent, officer, "moved")
    make.supplemented(session, sent, me, {"moved": False}, round=first)
    second = make.asked(session, sent, officer, "moved", instead_of=first)
    assert (first.end_kind, second.number) == (RoundEnd.ASKED_AGAIN, 2)
    assert [one.number for one, _ in correction_queries.to_answer(session, asker=me)] == [2]


def test_taking_a_round_back_takes_its_tasks_back(session, me, officer, sent):
    wish = Wish(DocumentKind.RENTAL_CONTRACT, "Der Mietvertrag fehlt.")
    marks = [Mark(MarkReason.UNCLEAR, place=Place("moved")), Mark(MarkReason.MISSING, wish=wish)]
    round = make.asked(session, sent, officer, marks=marks)
    corrections.withdraw(session, round=round, by=officer, now=NOW)
    assert round.end_kind is RoundEnd.WITHDRAWN
    assert round.marks[1].request.state is RequestState.WITHDRAWN
    assert correction_queries.to_answer(session, asker=me) == []
    assert items(session, ItemKind.APPLICATION)[0].reason == "In Prüfung bei Jana Keller."


def test_a_decision_ends_every_round(session, me, officer, sent):
    round = make.asked(session, sent, officer, "moved")
    seen = queries.application_for(session, sent.id, asker=officer)
    service.decide(
        session, application=seen, outcome=Outcome.GRANTED, note=None, by=officer, now=NOW
    )
    assert session.get(CorrectionRound, round.id).end_kind is RoundEnd.SUPERSEDED
    assert correction_queries.to_answer(session, asker=me) == []


def test_who_takes_an_application_back_is_asked_nothing_more(session, me, officer, sent):
    make.asked(session, sent, officer, "moved")
    service.withdraw(session, application=sent, by=me, now=NOW)
    assert correction_queries.to_answer(session, asker=me) == []
    assert items(session, ItemKind.APPLICATION) == []
