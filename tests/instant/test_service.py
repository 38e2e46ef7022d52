"""Lodging, connecting, looking after, forgetting: once, provable, and in nobody else's hands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit.models import SYSTEM, Event
from portal.casefiles import lodgements, receipts, verifying
from portal.casefiles import queries as casefiles_queries
from portal.casefiles.lodgements import Lodgement
from portal.casefiles.models import Case, Document
from portal.casefiles.verifying import Finding
from portal.core.db import db, new_id
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile
from portal.inbox.models import ItemKind, WorkItem
from portal.instant import jobs, queries, rules
from portal.instant.models import InstantApplication, InstantState
from portal.instant.service import applying, office
from portal.instant.service.applying import Applicant, OtherContent
from portal.notifications.models import Message
from tests.factories import accounts, casefiles, instant
from tests.factories import office as office_factory

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NEED = {"emergencies": ["no_money", "home"], "need": "Miete Freitag fällig"}


def item_of(session: Session, made: InstantApplication) -> WorkItem:
    kind = ItemKind.INSTANT_APPLICATION
    return session.scalars(
        select(WorkItem).where(WorkItem.subject_id == made.id, WorkItem.kind == kind)
    ).one()


def events_of(session: Session, made: InstantApplication) -> list[Event]:
    found = session.scalars(
        select(Event).where(Event.subject_id == str(made.id)).order_by(Event.id)
    )
    return list(found)


def benefit_officer(session: Session, case: Case | None = None) -> StaffMember:
    return casefiles.officer(session, case)


# Lodging


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 30, 23, 0, 1, tzinfo=UTC), date(2026, 12, 1)),
    ],
)
def test_the_second_before_and_after_midnight(session: Session, at: datetime, day: date) -> None:
    made = instant.sent(session, now=at)
    assert made.effective_from == day
    assert made.content["effective_from"] == day.isoformat()


def test_what_is_kept_can_be_proved(session: Session) -> None:
    made = instant.sent(session, now=NOW, **NEED)
    assert made.lodgement.content_sha256 == receipts.digest(made.content)
    assert made.state is InstantState.RECEIVED
    assert made.received_at == NOW
    code = instant.code_of(made)
    assert code not in str({**vars(made), **vars(made.lodgement)}), "the code itself is kept"
    assert lodgements.by_code(session, code) is made.lodgement


def test_two_clicks_make_one(session: Session) -> None:
    key = new_id()
    first = instant.sent(session, key=key, now=NOW)
    again = instant.sent(session, key=key, now=NOW + timedelta(seconds=1))
    assert first is again
    assert session.scalar(select(func.count()).select_from(WorkItem)) == 1
    assert len([e for e in events_of(session, first) if e.deed == "instant.received"]) == 1


def test_the_same_form_with_other_words_is_never_lost_silently(session: Session) -> None:
    """Somebody goes back and types the name of the neighbour over the own one."""
    key = new_id()
    instant.sent(session, key=key, now=NOW)
    with pytest.raises(OtherContent):
        instant.sent(session, key=key, now=NOW, name="Ganz Anders")
    assert session.scalar(select(func.count()).select_from(Lodgement)) == 1


def test_ten_clicks_at_once_make_one(committed_app: Flask) -> None:
    key = new_id()

    def click(_: int) -> UUID:
        with committed_app.test_request_context():
            made = instant.sent(db.session, key=key)
            db.session.commit()
            return made.id

    with ThreadPoolExecutor(5) as pool:
        ids = set(pool.map(click, range(10)))
    assert len(ids) == 1


def test_it_stands_on_top_of_the_inbox_and_says_why(session: Session) -> None:
    usual, urgent = instant.sent(session, now=NOW), instant.sent(session, now=NOW, **NEED)
    assert item_of(session, usual).urgency == 0
    item = item_of(session, urgent)
    assert item.kind is ItemKind.INSTANT_APPLICATION
    assert item.urgency == 2
    assert item.urgency_reason == "kein Geld, Miete oder Wohnung: „Miete Freitag fällig“"
    assert item.case_id is None
    assert item.due_on == date(2026, 11, 30)


def test_the_trail_knows_no_name_of_who_is_not_signed_in(session: Session) -> None:
    made = instant.sent(session, now=NOW, phone="0151 1", **NEED)
    (event,) = events_of(session, made)
    assert event.actor_kind == "applicant"
    for secret in ("Farid", "Amiri", "Gartenstraße", "Miete", "0151", instant.code_of(made)):
        assert secret not in f"{event.actor_name} {event.facts}"


def test_the_mail_says_that_something_came_and_nothing_else(session: Session) -> None:
    made = instant.sent(session, now=NOW, email="farid@example.org", **NEED)
    message = session.scalars(select(Message)).one()
    said = f"{message.subject} {message.text} {message.html}"
    assert message.address == "farid@example.org"
    assert made.number in said
    code = instant.code_of(made)
    for secret in ("Farid", "Amiri", "Gartenstraße", "Miete", "Antrag", code, code[:9]):
        assert secret not in said, secret


def test_an_address_that_smuggles_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInput):
        instant.sent(session, email="a@b.example,c@d.example")
    assert session.scalar(select(func.count()).select_from(Lodgement)) == 0


def test_who_is_signed_in_has_it_in_the_own_file(session: Session) -> None:
    oksana = accounts.citizen(session)
    case = casefiles.case(session, oksana)
    made = instant.sent(session, oksana, now=NOW, with_receipt=True)
    assert made.case_id == case.id
    assert made.lodgement.citizen_id == made.person_id == oksana.id
    assert item_of(session, made).team_id == case.team_id
    paper = session.get_one(Document, made.document_id)
    assert (paper.owner_id, paper.sha256) == (oksana.id, made.lodgement.receipt_sha256)
    assert lodgements.standing_of(session, citizen=oksana) == [made.lodgement]


# The receipt


def test_the_receipt_is_written_once_and_known_by_file_and_code(session: Session) -> None:
    made = instant.sent(session, now=NOW, with_receipt=True, **NEED)
    assert made.receipt_file_id
    first = made.receipt_file_id
    jobs.write_receipt(session, now=NOW, application_id=str(made.id))
    assert made.receipt_file_id == first
    content = vault.read(session, first)
    assert content.startswith(b"%PDF-")
    hash = made.lodgement.receipt_sha256

    def found(code: str, sha256: str | None) -> Finding:
        return verifying.answer(session, code=code, sha256=sha256).finding

    check, mine = made.lodgement.check_code, instant.code_of(made)
    assert found("", hash) is Finding.SAME_LODGED
    assert found(check, hash) is Finding.SAME_LODGED
    assert found(check.lower(), None) is Finding.LODGED
    assert found(mine, None) is Finding.LODGED
    assert found(check, "0" * 64) is Finding.OTHER_FILE
    assert found("", "0" * 64) is Finding.OTHER_FILE
    assert check != mine


def test_a_receipt_that_was_never_written_is_found(session: Session) -> None:
    made = instant.sent(session, now=NOW)
    late = queries.without_receipt_since(session, before=NOW + timedelta(minutes=5))
    assert list(late) == [made.id]
    assert not queries.without_receipt_since(session, before=NOW)


# Number and code


def test_number_and_code_belong_together(session: Session) -> None:
    one, other = instant.sent(session), instant.sent(session)
    code = instant.code_of(one)

    def found(number: str, code: str) -> InstantApplication | None:
        return queries.by_number_and_code(session, number=number, code=code)

    assert found(one.number, code) is one
    assert found(one.number.replace("-", " "), code.lower()) is one
    assert found(other.number, code) is None
    assert found(one.number, instant.code_of(other)) is None
    assert found(one.number, one.lodgement.check_code) is None, "the receipt opens nothing"
    assert found("", "") is None


# Connecting


def connect(session: Session, made: InstantApplication, by: object) -> None:
    applying.connect(session, application=made, by=by, now=NOW, land=instant.LAND)  # type: ignore[arg-type]


def test_who_has_the_code_takes_it_into_the_own_file(session: Session) -> None:
    made, farid = instant.sent(session, now=NOW, with_receipt=True), accounts.citizen(session)
    connect(session, made, farid)
    assert made.case is not None
    assert made.case.members[0].citizen_id == farid.id
    assert made.document_id is not None
    assert item_of(session, made).case_id == made.case_id
    connect(session, made, farid)
    assert len([e for e in events_of(session, made) if e.deed == "instant.connected"]) == 1


def test_it_binds_once(session: Session) -> None:
    made, farid, other = instant.sent(session), accounts.citizen(session), accounts.citizen(session)
    connect(session, made, farid)
    with pytest.raises(Conflict):
        connect(session, made, other)
    assert made.lodgement.citizen_id == farid.id


def test_two_accounts_at_once_and_one_gets_it(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        id = instant.sent(db.session).id
        people = [accounts.citizen(db.session).id for _ in range(4)]
        db.session.commit()

    def bind(person: UUID) -> bool:
        with committed_app.test_request_context():
            from_there = queries.by_id(db.session, id)
            citizen = db.session.get_one(Citizen, person)
            try:
                connect(db.session, from_there, citizen)
                db.session.commit()
            except Conflict:
                db.session.rollback()
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(bind, people)).count(True) == 1


def test_a_file_that_was_opened_for_it_takes_its_person_in(session: Session) -> None:
    made, officer = instant.sent(session, now=NOW), benefit_officer(session)
    opened = office.open_case(
        session,
        application=made,
        first_name="Farid",
        last_name="Amiri",
        by=officer,
        now=NOW,
        land=instant.LAND,
    )
    farid = accounts.citizen(session)
    connect(session, made, farid)
    own = casefiles_queries.case_of(session, asker=farid)
    assert own is not None
    assert own.id == opened.id == made.case_id
    assert made.person_id == farid.id


def test_another_file_takes_nobody_in_and_a_human_looks(session: Session) -> None:
    made, lives_there = instant.sent(session, now=NOW), accounts.citizen(session)
    case = casefiles.case(session, lives_there)
    officer = benefit_officer(session, case)
    office.link(
        session,
        application=made,
        case=case,
        person=lives_there,
        by=officer,
        now=NOW,
        land=instant.LAND,
    )
    stranger = accounts.citizen(session)
    connect(session, made, stranger)
    assert casefiles_queries.case_of(session, asker=stranger) is None
    assert [member.citizen_id for member in case.members] == [lives_there.id]
    assert "nicht zu dieser Akte" in item_of(session, made).reason


# Looking after it


def test_seen_answered_and_gone_from_the_inbox(session: Session) -> None:
    made, officer = instant.sent(session, email="f@example.org", **NEED), benefit_officer(session)
    office.mark_seen(session, application=made, by=officer, now=NOW)
    assert (made.state, made.seen_by_name) == (InstantState.SEEN, officer.name)
    office.answer(session, application=made, words="Angerufen.", by=officer, now=NOW)
    assert made.state is InstantState.ANSWERED
    assert item_of(session, made).closed_by == officer.name
    texts = [message.text for message in session.scalars(select(Message))]
    assert len(texts) == 2
    assert "Angerufen" not in "".join(texts)
    with pytest.raises(Conflict):
        office.mark_seen(session, application=made, by=officer, now=NOW)


def test_withdrawn_is_withdrawn(session: Session) -> None:
    made = instant.sent(session, now=NOW)
    applying.withdraw(session, application=made, by=Applicant(made.id), now=NOW)
    assert made.state is InstantState.WITHDRAWN
    assert item_of(session, made).closed_at == NOW
    for again in (
        lambda: applying.withdraw(session, application=made, by=Applicant(made.id), now=NOW),
        lambda: connect(session, made, accounts.citizen(session)),
    ):
        with pytest.raises(Conflict):
            again()


def test_the_file_behind_a_wall_hides_it_from_other_teams(session: Session) -> None:
    oksana = accounts.citizen(session)
    case = casefiles.case(session, oksana)
    made, free = instant.sent(session, oksana), instant.sent(session)
    mine, theirs = benefit_officer(session, case), benefit_officer(session)
    assert queries.for_staff(session, made.id, asker=mine) is made
    with pytest.raises(NotFound):
        queries.for_staff(session, made.id, asker=theirs)
    assert queries.for_staff(session, free.id, asker=theirs) is free
    seen, count = queries.list_for_staff(session, asker=theirs)
    assert ([one.id for one in seen], count) == ([free.id], 1)


def test_a_conflict_of_interest_hides_it(session: Session) -> None:
    oksana = accounts.citizen(session)
    case = casefiles.case(session, oksana)
    made, mine = instant.sent(session, oksana), benefit_officer(session, case)
    office_factory.conflict(session, case=case, member=mine)
    with pytest.raises(NotFound):
        queries.for_staff(session, made.id, asker=mine)


def test_only_people_of_open_files_are_proposed_the_right_birthday_first(
    session: Session,
) -> None:
    def farid(**fields: object) -> Case:
        person = accounts.citizen(session, first_name="Farid", last_name="Amiri", **fields)
        return casefiles.case(session, person)

    other_day, right_day, hidden = farid(), farid(birth_date=date(1991, 3, 27)), farid()
    officer = benefit_officer(session, other_day)
    right_day.team, hidden.team = officer.team, accounts.team(session)
    session.flush()
    made = instant.sent(session)
    found = queries.candidates(session, application=made, asker=officer)
    assert [one.case.id for one in found] == [right_day.id, other_day.id]
    assert [one.same_birthday for one in found] == [True, False]


# Forgetting


def test_what_belongs_to_no_file_is_forgotten_and_its_proof_stays(session: Session) -> None:
    officer = benefit_officer(session)
    done, waiting = (instant.sent(session, now=NOW, with_receipt=True) for _ in range(2))
    linked = instant.sent(session, accounts.citizen(session), now=NOW)
    for one in (done, linked):
        office.answer(session, application=one, words="Erledigt.", by=officer, now=NOW)
    jobs.forget(session, now=NOW + timedelta(days=400))
    assert session.get(InstantApplication, done.id), "nobody has decided it yet"
    office.settle(session, application=done, why="Bescheid vom 27.11.", by=officer, now=NOW)
    session.flush()
    id, hash, file_id = done.id, done.lodgement.receipt_sha256, done.receipt_file_id
    jobs.forget(session, now=NOW + rules.period_kept(date(2026, 11, 27)))
    assert session.get(InstantApplication, id) is not None, "the period is not over"
    jobs.forget(session, now=NOW + timedelta(days=184))
    assert session.get(InstantApplication, id) is None
    assert session.get(StoredFile, file_id) is None
    assert not session.scalars(select(WorkItem).where(WorkItem.subject_id == id)).all()
    assert verifying.answer(session, code="", sha256=hash).finding is Finding.SAME_LODGED
    assert session.get(InstantApplication, waiting.id), "nobody has answered it yet"
    assert session.get(InstantApplication, linked.id), "it belongs to a file"
    deeds = [
        event.deed
        for event in session.scalars(
            select(Event).where(Event.subject_id == str(id)).order_by(Event.id)
        )
    ]
    assert deeds[0] == "instant.received"
    assert deeds[-1] == "instant.forgotten"


def test_every_deed_has_its_line(session: Session) -> None:
    made, officer = instant.sent(session, now=NOW, with_receipt=True), benefit_officer(session)
    office.record_view(session, application=made, by=officer, now=NOW)
    office.record_view(session, application=made, by=officer, now=NOW + timedelta(minutes=1))
    office.mark_seen(session, application=made, by=officer, now=NOW)
    office.answer(session, application=made, words="Ja.", by=officer, now=NOW)
    assert [event.deed for event in events_of(session, made)] == [
        "instant.received",
        "instant.receipt_written",
        "instant.viewed",
        "instant.seen",
        "instant.answered",
    ]
    assert SYSTEM.actor.name == events_of(session, made)[1].actor_name


def test_one_may_sue_six_months_after_it_was_lodged(session: Session) -> None:
    """An application needs no form, so § 88 SGG counts from here; a later look moves nothing."""
    made = instant.sent(session, now=NOW)
    assert item_of(session, made).limit_on == date(2027, 5, 28)
