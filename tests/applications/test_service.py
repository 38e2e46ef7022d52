"""The deeds of an application, with the real database."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.accounts.models import Citizen, Role
from portal.applications import queries, service
from portal.applications.models import Answer, Application, ApplicationState, Outcome, Source
from portal.applications.places import Place
from portal.audit import queries as audit_queries
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.inbox.models import WorkItem
from portal.notifications.models import Message
from tests.factories import applications as make
from tests.factories import casefiles as files
from tests.factories.accounts import citizen, staff_member

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def deeds(session, application):
    events = audit_queries.events_about(session, kind="application", id=application.id)
    return [event.deed for event in events]


def item_of(session, application):
    return session.scalar(select(WorkItem).where(WorkItem.subject_id == application.id))


def officer_of(session, application):
    team = application.case.team
    return staff_member(session, Role.BENEFIT_OFFICER, team=team)


# Starting


def test_starting_twice_goes_on_with_the_same_draft(session):
    me = citizen(session)
    first = service.start(session, form="probe", by=me, now=NOW)
    second = service.start(session, form="probe", by=me, now=NOW)
    assert first.id == second.id
    assert deeds(session, first) == ["applications.started"]


def test_a_form_that_does_not_exist_is_not_found(session):
    with pytest.raises(NotFound):
        service.start(session, form="wbb", by=citizen(session), now=NOW)


def test_profile_and_file_are_filled_in_beforehand(session):
    me = citizen(session, first_name="Oksana", birth_date=date(1992, 3, 27), street="Lindenweg 4")
    case = files.case(session, me)
    case.award_until = date(2026, 12, 31)
    kept = make.sheet(session, make.draft(session, me, now=NOW)).kept
    assert kept[Place("first_name")].value == "Oksana"
    assert kept[Place("birth_date")].value == "1992-03-27"
    assert kept[Place("award_until")].value == "2026-12-31"
    assert kept[Place("unit_number")].value == case.file_reference
    assert {one.source for one in kept.values()} == {Source.PROFILE}
    assert Place("phone") not in kept


def test_the_next_application_begins_with_the_last_one(session):
    me = citizen(session)
    make.sent(
        session,
        me,
        {
            "lives_alone": False,
            "member_first_name@1": "Danylo",
            "member_last_name@1": "Kovalenko",
            "member_birth_date@1": "2016-09-03",
            "member_relationship@1": "child",
            "member_school@1": True,
        },
    )
    kept = make.sheet(session, make.draft(session, me)).kept
    assert kept[Place("member_first_name", make.row(1))].value == "Danylo"
    assert kept[Place("member_first_name", make.row(1))].source is Source.EARLIER
    assert kept[Place("street")].value == "Lindenweg 4"
    # What is asked afresh each time is not carried over.
    assert Place("arrears") not in kept
    assert Place("truth") not in kept


# Answering


def test_an_answer_replaces_the_one_before_and_empty_takes_it_away(session):
    me = citizen(session)
    draft = make.draft(session, me, {"moved": True, "phone": "0641 1"})
    saved = service.save_answers(
        session,
        filled=queries.filled_for(session, draft.id, asker=me),
        answers={Place("moved"): False, Place("phone"): None},
        by=me,
        now=NOW,
    )
    assert saved.sheet.answer("moved") is False
    assert saved.sheet.answer("phone") is None
    assert make.sheet(session, draft).kept == saved.sheet.kept
    rows = session.scalar(
        select(func.count())
        .select_from(Answer)
        .where(Answer.application_id == draft.id, Answer.question_id.in_(["moved", "phone"]))
    )
    assert rows == 1


def test_emptying_one_row_leaves_the_others(session):
    me = citizen(session)
    draft = make.draft(
        session,
        me,
        {"lives_alone": False, "member_first_name@1": "Danylo", "member_first_name@2": "Ivan"},
    )
    saved = service.save_answers(
        session,
        filled=queries.filled_for(session, draft.id, asker=me),
        answers={Place("member_first_name", make.row(1)): None},
        by=me,
        now=NOW,
    )
    group = make.form().questions["members"]
    assert saved.sheet.rows(group) == make.sheet(session, draft).rows(group) == (make.row(2),)


def test_a_removed_row_is_gone_and_no_other(session):
    me = citizen(session)
    draft = make.draft(
        session,
        me,
        {"lives_alone": False, "member_first_name@1": "Danylo", "member_first_name@2": "Ivan"},
    )
    group = make.form().questions["members"]
    filled = queries.filled_for(session, draft.id, asker=me)
    service.remove_row(
        session, filled=filled, group=group, row=make.row(1), owner=None, by=me, now=NOW
    )
    assert make.sheet(session, draft).rows(group) == (make.row(2),)


def test_a_list_has_an_end(session):
    me = citizen(session)
    draft = make.draft(session, me, {"lives_alone": False})
    many = {Place("member_first_name", make.row(number)): "X" for number in range(31)}
    filled = queries.filled_for(session, draft.id, asker=me)
    with pytest.raises(InvalidInput, match="höchstens 30"):
        service.save_answers(session, filled=filled, answers=many, by=me, now=NOW)


# Sending


def test_sending_keeps_everything_as_it_was(session):
    me = citizen(session)
    sent = make.sent(session, me, now=NOW)
    assert sent.state is ApplicationState.SUBMITTED
    assert sent.effective_from == date(2026, 11, 1)
    assert sent.sent_answers["assets_accounts"] == "320.50"
    assert sent.content_sha256 == service.content_hash(sent.sent_definition, sent.sent_answers)
    assert deeds(session, sent) == ["applications.started", "applications.submitted"]
    message = session.scalar(select(Message).where(Message.recipient_id == me.id))
    assert message.template == "application_sent"
    assert sent.number in message.text


def test_the_office_sees_why_it_is_here_and_why_it_is_urgent(session):
    sent = make.sent(
        session,
        citizen(session),
        {
            "arrears": True,
            "arrears_kinds": ["rent"],
            "arrears_amount": "980.00",
            "arrears_threat": "eviction",
        },
        now=NOW,
    )
    item = item_of(session, sent)
    assert item.title == "Weiterbewilligungsantrag"
    assert item.reason == "Neuer Antrag, wirkt ab 01.11.2026."
    assert item.urgency == 2
    assert item.urgency_reason.startswith("Kündigung oder Räumung der Wohnung angekündigt")
    assert item.due_on == date(2026, 11, 23)


def test_what_is_set_aside_is_neither_sent_nor_lost(session):
    me = citizen(session)
    draft = make.draft(
        session, me, make.NOTHING_CHANGED | {"iban": "DE02120300000000202051"}, now=NOW
    )
    sent = service.submit(session, application=draft, key=uuid.uuid4(), by=me, now=NOW)
    assert "iban" not in sent.sent_answers
    kept = session.scalars(select(Answer.question_id).where(Answer.application_id == sent.id)).all()
    assert "iban" in kept


def test_a_second_click_changes_nothing(session):
    me = citizen(session)
    sent = make.sent(session, me, now=NOW)
    key, later = sent.submit_key, datetime(2026, 12, 1, tzinfo=UTC)
    again = service.submit(session, application=sent, key=uuid.uuid4(), by=me, now=later)
    assert (again.submit_key, again.submitted_at) == (key, NOW)
    assert deeds(session, sent).count("applications.submitted") == 1


def test_an_unfinished_application_is_not_sent(session):
    me = citizen(session)
    draft = make.draft(session, me, make.NOTHING_CHANGED | {"lives_alone": False})
    with pytest.raises(InvalidInput):
        service.submit(session, application=draft, key=uuid.uuid4(), by=me, now=NOW)
    assert draft.state is ApplicationState.DRAFT


def test_what_was_sent_is_not_answered_again(session):
    me = citizen(session)
    sent = make.sent(session, me)
    filled = queries.filled_for(session, sent.id, asker=me)
    group = make.form().questions["members"]
    with pytest.raises(Conflict):
        service.save_answers(session, filled=filled, answers={Place("moved"): True}, by=me, now=NOW)
    with pytest.raises(Conflict):
        service.remove_row(
            session, filled=filled, group=group, row=make.row(1), owner=None, by=me, now=NOW
        )


def test_answers_changed_meanwhile_are_read_again(session):
    me = citizen(session)
    draft = make.draft(session, me)
    early = queries.filled_for(session, draft.id, asker=me)
    early = queries.Filled(Application(id=draft.id, revision=draft.revision), early.sheet)
    service.save_answers(
        session,
        filled=queries.filled_for(session, draft.id, asker=me),
        answers={Place("moved"): True},
        by=me,
        now=NOW,
    )
    saved = service.save_answers(
        session, filled=early, answers={Place("phone"): "0641 1"}, by=me, now=NOW
    )
    assert saved.sheet.answer("moved") is True
    assert saved.sheet.answer("phone") == "0641 1"


def test_the_database_itself_keeps_what_was_sent(session):
    sent = make.sent(session, citizen(session))
    session.flush()
    with pytest.raises(DBAPIError, match="does not change"), session.begin_nested():
        session.execute(
            text("UPDATE applications SET sent_answers = '{}' WHERE id = :id"), {"id": sent.id}
        )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            text("UPDATE applications SET state = 'decided' WHERE id = :id"), {"id": sent.id}
        )


def test_check_43_twenty_clicks_at_once_are_one_application(committed_app):
    with committed_app.test_request_context(base_url="http://localhost"):
        me = citizen(db.session)
        draft = make.draft(db.session, me, make.NOTHING_CHANGED, now=NOW)
        db.session.commit()
        me_id, draft_id, key = me.id, draft.id, uuid.uuid4()

    def click(_: int) -> None:
        with committed_app.test_request_context(base_url="http://localhost"):
            person = db.session.get(Citizen, me_id)
            mine = queries.application_for(db.session, draft_id, asker=person)
            service.submit(db.session, application=mine, key=key, by=person, now=clock.now())
            db.session.commit()

    with ThreadPoolExecutor(20) as people:
        list(people.map(click, range(20)))
    with committed_app.test_request_context(base_url="http://localhost"):
        sent = db.session.get(Application, draft_id)
        assert deeds(db.session, sent).count("applications.submitted") == 1
        items = select(func.count()).select_from(WorkItem).where(WorkItem.subject_id == draft_id)
        assert db.session.scalar(items) == 1
        mails = select(func.count()).select_from(Message)
        assert db.session.scalar(mails.where(Message.template == "application_sent")) == 1
        receipts = text(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'applications.write_receipt'"
        )
        assert db.session.scalar(receipts) == 1


def test_two_starts_at_once_are_one_draft(committed_app):
    with committed_app.test_request_context(base_url="http://localhost"):
        me_id = citizen(db.session).id
        db.session.commit()

    def click(_: int) -> uuid.UUID:
        with committed_app.test_request_context(base_url="http://localhost"):
            person = db.session.get(Citizen, me_id)
            made = service.start(db.session, form="probe", by=person, now=clock.now())
            db.session.commit()
            return made.id

    with ThreadPoolExecutor(8) as people:
        assert len(set(people.map(click, range(8)))) == 1


# Papers


def test_papers_of_a_draft_make_no_noise_and_those_of_a_sent_one_do(session):
    me = citizen(session)
    draft = make.draft(session, me, make.NOTHING_CHANGED)
    make.attach(session, draft, me, "bank_statements")
    assert session.scalars(select(WorkItem)).all() == []
    sent = service.submit(session, application=draft, key=uuid.uuid4(), by=me, now=NOW)
    make.attach(session, sent, me, "bank_statements", width=500)
    kinds = {item.kind.value for item in session.scalars(select(WorkItem))}
    assert kinds == {"application", "document"}
    attached = queries.attachments_of(session, application=sent)
    assert [one.requirement for one in attached] == ["bank_statements"] * 2
    assert {one.document.title for one in attached} == {"Kontoauszüge der letzten drei Monate"}


def test_the_same_photo_sent_twice_is_attached_once(session):
    me = citizen(session)
    draft = make.draft(session, me, make.NOTHING_CHANGED)
    make.attach(session, draft, me, "bank_statements")
    make.attach(session, draft, me, "bank_statements")
    assert len(queries.attachments_of(session, application=draft)) == 1


# The office


def test_review_and_decision(session):
    me = citizen(session)
    sent = make.sent(session, me)
    officer = officer_of(session, sent)
    seen = queries.application_for(session, sent.id, asker=officer)
    service.take_into_review(session, application=seen, by=officer, now=NOW)
    item = item_of(session, sent)
    assert (item.assignee_id, item.next_step) == (officer.id, "Entscheiden")
    service.decide(
        session,
        application=seen,
        outcome=Outcome.PARTLY_GRANTED,
        note="Die Heizkosten prüfen wir noch.",
        by=officer,
        now=NOW,
    )
    assert seen.outcome is Outcome.PARTLY_GRANTED
    assert item.closed_by == officer.name
    assert deeds(session, sent)[-2:] == ["applications.taken_into_review", "applications.decided"]
    templates = session.scalars(
        select(Message.template).where(Message.recipient_id == me.id).order_by(Message.created_at)
    ).all()
    assert set(templates) == {"application_sent", "application_decided"}
    with pytest.raises(Conflict):
        service.take_into_review(session, application=seen, by=officer, now=NOW)


def test_nothing_is_decided_before_it_was_reviewed(session):
    sent = make.sent(session, citizen(session))
    officer = officer_of(session, sent)
    seen = queries.application_for(session, sent.id, asker=officer)
    with pytest.raises(Conflict):
        service.decide(
            session, application=seen, outcome=Outcome.GRANTED, note=None, by=officer, now=NOW
        )


def test_a_view_is_written_down_once_a_reading(session):
    sent = make.sent(session, citizen(session), now=NOW)
    officer = officer_of(session, sent)
    for minute in (0, 1, 4, 9):
        at = NOW.replace(minute=minute)
        service.record_view(session, application=sent, by=officer, now=at)
    assert deeds(session, sent).count("applications.viewed") == 2


def test_a_withdrawn_application_leaves_the_inbox(session):
    me = citizen(session)
    sent = make.sent(session, me)
    service.withdraw(session, application=sent, by=me, now=NOW)
    assert sent.state is ApplicationState.WITHDRAWN
    assert item_of(session, sent).closed_by == me.name
    with pytest.raises(Conflict):
        service.withdraw(session, application=sent, by=me, now=NOW)
