"""Writing, answering, handing over: what each deed leaves behind, at whatever time it comes."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.audit.queries import events_about
from portal.casefiles.models import DocumentKind, EvidenceRequest
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.messages import queries, service, turning
from portal.messages.models import EntryKind, Side, Thread, Topic
from portal.notifications.models import Message
from tests.factories import accounts, appointments, casefiles
from tests.factories import messages as make

FRIDAY = datetime(2026, 11, 27, 10, tzinfo=UTC)
LAND = "HE"


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session)


@pytest.fixture
def jana(session: Session, oksana: Citizen) -> StaffMember:
    """Jana answers about money in Oksana's case."""
    jana = make.officer(session)
    make.case_with(session, oksana, jana)
    return jana


def item(session: Session, thread: Thread) -> WorkItem:
    """Return the latest item about a thread."""
    return session.scalars(
        select(WorkItem)
        .where(WorkItem.subject_id == thread.id)
        .order_by(WorkItem.closed_at.desc().nulls_first(), WorkItem.opened_at.desc())
    ).first()


def mails_to(session: Session, citizen: Citizen) -> list[Message]:
    return list(
        session.scalars(
            select(Message)
            .where(Message.recipient_id == citizen.id, Message.template == "message_arrived")
            .order_by(Message.created_at)
        )
    )


def kinds(session: Session, thread: Thread, asker: Citizen | StaffMember) -> list[EntryKind]:
    return [one.kind for one in queries.entries_of(session, thread=thread, asker=asker)]


class TestWriting:
    def test_a_message_is_an_item_of_the_responsible_officer_with_a_day(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana, now=FRIDAY)
        assert thread.answer_by == date(2026, 12, 2)  # three working days: Mon, Tue, Wed
        found = item(session, thread)
        assert found.kind is ItemKind.MESSAGE
        assert found.assignee_id == jana.id
        assert found.due_on == thread.answer_by
        assert found.next_step == "Antworten"
        assert found.closed_at is None
        [begun] = events_about(session, kind="thread", id=thread.id)
        assert begun.deed == "messages.begun"
        assert "Heizung" not in str(begun.facts)

    def test_work_goes_to_the_other_officer(self, session: Session, oksana: Citizen) -> None:
        jana, ali = make.officer(session), accounts.staff_member(session, Role.INTEGRATION_OFFICER)
        make.case_with(session, oksana, jana, ali)
        thread = make.thread(session, oksana, topic=Topic.WORK)
        assert item(session, thread).assignee_id == ali.id
        assert item(session, thread).team_id == ali.team_id

    def test_without_any_officer_the_team_finds_it(self, session: Session, oksana: Citizen) -> None:
        thread = make.thread(session, oksana)
        assert item(session, thread).assignee_id is None

    def test_whoever_has_left_answers_nothing(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        jana.is_active = False
        session.flush()
        assert item(session, make.thread(session, oksana)).assignee_id is None

    @pytest.mark.parametrize(
        ("text", "urgency", "reason", "due"),
        [
            ("Ich habe kein Geld mehr.", 2, "Geld oder Essen", date(2026, 11, 30)),
            ("Mir droht die Räumung!", 2, "Wohnung", date(2026, 11, 30)),
            ("Ich lege Widerspruch ein.", 1, "Widerspruch", date(2026, 12, 2)),
            ("Hiermit beantrage ich eine Erstausstattung.", 1, "zählt ab heute", date(2026, 12, 2)),
            ("Vielen Dank für Ihren Bescheid.", 0, None, date(2026, 12, 2)),
        ],
    )
    def test_what_could_be_more_than_a_message_comes_first(
        self,
        session: Session,
        oksana: Citizen,
        jana: StaffMember,
        text: str,
        urgency: int,
        reason: str | None,
        due: date,
    ) -> None:
        found = item(session, make.thread(session, oksana, text=text, now=FRIDAY))
        assert found.urgency == urgency
        assert found.due_on == due
        assert reason is None or reason in (found.urgency_reason or "")

    def test_a_second_message_moves_no_day_back(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana, now=FRIDAY)
        service.reply(
            session,
            thread=thread,
            text="Und noch etwas.",
            by=oksana,
            land=LAND,
            now=FRIDAY + timedelta(days=3),
        )
        assert thread.waiting_since == FRIDAY
        assert thread.answer_by == date(2026, 12, 2)
        assert len(session.scalars(select(WorkItem)).all()) == 1

    def test_two_clicks_are_one_message(self, session: Session, oksana: Citizen) -> None:
        key = uuid4()
        thread = make.thread(session, oksana)
        given = {"thread": thread, "text": "Hallo", "key": key, "by": oksana, "land": LAND}
        service.reply(session, **given, now=FRIDAY)
        with pytest.raises(Conflict):
            service.reply(session, **given, now=FRIDAY)
        assert queries.thread_with_key(session, key, asker=oksana) == thread

    @pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001])
    def test_nothing_and_too_much_are_refused(
        self, session: Session, oksana: Citizen, text: str
    ) -> None:
        with pytest.raises(InvalidInput):
            make.thread(session, oksana, text=text)

    def test_papers_go_into_the_file(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana)
        sent = casefiles.sent(session, oksana, casefiles.upload())
        service.reply(
            session,
            thread=thread,
            text="Hier ist die Rechnung.",
            groups=[sent],
            by=oksana,
            land=LAND,
            now=FRIDAY,
        )
        found = queries.entries_of(session, thread=thread, asker=oksana)
        [document] = queries.papers_of(session, entries=found, asker=oksana).values()
        assert document.case_id == thread.case_id
        assert document.kind is DocumentKind.OTHER
        paper_item = session.scalars(
            select(WorkItem).where(WorkItem.subject_id == document.id)
        ).one()
        assert paper_item.kind is ItemKind.DOCUMENT


class TestAnswering:
    def test_an_answer_closes_the_item_and_tells_the_citizen_that_there_is_something(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana, now=FRIDAY)
        make.answered(session, thread, jana, now=FRIDAY + timedelta(days=4))
        assert thread.waiting_since is None
        assert thread.answer_by is None
        assert item(session, thread).closed_by == jana.name
        answer = queries.entries_of(session, thread=thread, asker=jana)[-1]
        assert answer.waited_days == 2  # Monday and Tuesday
        [mail] = mails_to(session, oksana)
        assert "Montag" not in mail.text
        assert "Heizung" not in mail.text
        assert f"/nachrichten/{thread.id}" in mail.text

    def test_an_answer_after_the_named_day_is_taken_and_dated(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.from_office(session, oksana, jana, reply_by=date(2026, 12, 4), now=FRIDAY)
        assert thread.reply_by == date(2026, 12, 4)
        late = service.reply(
            session,
            thread=thread,
            text="Hier meine Antwort.",
            by=oksana,
            land=LAND,
            now=FRIDAY + timedelta(days=20),
        )
        assert late.was_due_on == date(2026, 12, 4)
        assert late.at == FRIDAY + timedelta(days=20)
        assert thread.reply_by is None
        assert "nach dem genannten Tag" in item(session, thread).reason

    def test_a_reply_on_the_last_day_is_not_late(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.from_office(session, oksana, jana, reply_by=date(2026, 12, 4), now=FRIDAY)
        last_minute = datetime(2026, 12, 4, 22, 59, tzinfo=UTC)  # 23:59 in Berlin
        made = service.reply(
            session, thread=thread, text="Ja.", by=oksana, land=LAND, now=last_minute
        )
        assert made.was_due_on is None

    @pytest.mark.parametrize("day", [date(2026, 11, 27), date(2026, 11, 1), date(2028, 1, 1)])
    def test_a_day_to_reply_lies_ahead(
        self, session: Session, oksana: Citizen, jana: StaffMember, day: date
    ) -> None:
        with pytest.raises(InvalidInput):
            make.from_office(session, oksana, jana, reply_by=day, now=FRIDAY)

    def test_no_answer_needed_closes_the_item_and_the_citizen_reads_so(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana)
        service.needs_no_answer(session, thread=thread, by=jana, now=FRIDAY)
        assert item(session, thread).closed_at is not None
        assert kinds(session, thread, oksana)[-1] is EntryKind.NO_ANSWER
        with pytest.raises(Conflict):
            service.needs_no_answer(session, thread=thread, by=jana, now=FRIDAY)

    def test_who_may_not_write_does_not(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        desk = accounts.staff_member(session, Role.MAILROOM, team=jana.team)
        thread = make.thread(session, oksana)
        with pytest.raises(NotFound):
            service.answer(session, thread=thread, text="Hallo", by=desk, land=LAND, now=FRIDAY)


class TestClosing:
    def test_what_waits_cannot_be_closed(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana)
        with pytest.raises(Conflict):
            service.close(session, thread=thread, by=jana, now=FRIDAY)

    def test_a_closed_thread_opens_when_the_citizen_writes(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.answered(session, make.thread(session, oksana), jana)
        service.close(session, thread=thread, by=jana, now=FRIDAY)
        with pytest.raises(Conflict):
            service.answer(session, thread=thread, text="Noch", by=jana, land=LAND, now=FRIDAY)
        service.reply(session, thread=thread, text="Doch noch", by=oksana, land=LAND, now=FRIDAY)
        assert thread.closed_at is None
        assert item(session, thread).closed_at is None
        assert kinds(session, thread, oksana)[-3:] == [
            EntryKind.CLOSED,
            EntryKind.REOPENED,
            EntryKind.MESSAGE,
        ]

    def test_the_office_opens_it_again(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.answered(session, make.thread(session, oksana), jana)
        with pytest.raises(Conflict):
            service.reopen(session, thread=thread, by=jana, now=FRIDAY)
        service.close(session, thread=thread, by=jana, now=FRIDAY)
        service.reopen(session, thread=thread, by=jana, now=FRIDAY)
        assert thread.closed_at is None


class TestHandingOver:
    def test_a_colleague_gets_item_thread_and_word(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        ali = make.officer(session)
        thread = make.thread(session, oksana, now=FRIDAY)
        service.hand_over(
            session, thread=thread, to=ali, note="Du kennst das.", by=jana, land=LAND, now=FRIDAY
        )
        found = item(session, thread)
        assert (found.assignee_id, found.team_id) == (ali.id, ali.team_id)
        assert found.due_on == date(2026, 12, 2)
        assert queries.thread_for(session, thread.id, asker=ali) == thread  # the item opens it
        assert kinds(session, thread, ali)[-1] is EntryKind.HANDED_OVER
        assert EntryKind.HANDED_OVER not in kinds(session, thread, oksana)

    def test_what_nobody_waits_for_can_be_handed_over_too(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        ali = make.officer(session)
        thread = make.answered(session, make.thread(session, oksana), jana)
        service.hand_over(session, thread=thread, to=ali, note="", by=jana, land=LAND, now=FRIDAY)
        assert item(session, thread).assignee_id == ali.id
        service.needs_no_answer(session, thread=thread, by=ali, now=FRIDAY)
        assert EntryKind.NO_ANSWER not in kinds(session, thread, oksana)  # nobody had asked

    def test_not_to_somebody_who_writes_no_messages(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        desk = accounts.staff_member(session, Role.MAILROOM)
        with pytest.raises(NotAllowed):
            service.hand_over(
                session,
                thread=make.thread(session, oksana),
                to=desk,
                note="",
                by=jana,
                land=LAND,
                now=FRIDAY,
            )


class TestTurning:
    def test_a_message_becomes_a_request_that_the_thread_links_to(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana)
        made = turning.ask_for_paper(
            session,
            thread=thread,
            kind=DocumentKind.HEATING_BILL,
            why="",
            due_on=date(2026, 12, 11),
            by=jana,
            land=LAND,
            now=FRIDAY,
        )
        assert session.get_one(EvidenceRequest, made.id).owner_id == oksana.id
        last = queries.entries_of(session, thread=thread, asker=oksana)[-1]
        assert (last.kind, last.request_id) == (EntryKind.REQUEST, made.id)
        assert thread.waiting_since is None
        assert item(session, thread).closed_at is not None
        assert mails_to(session, oksana) == []  # the request has a mail of its own

    def test_a_message_becomes_an_invitation(self, session: Session, oksana: Citizen) -> None:
        jana = appointments.officer(session)
        jana.roles.append(accounts.StaffRole(role=Role.BENEFIT_OFFICER))
        make.case_with(session, oksana, jana)
        appointments.kind(session)
        now = appointments.NOW
        thread = make.thread(session, oksana, now=now)
        made = turning.invite(session, thread=thread, by=jana, land=LAND, now=now)
        last = queries.entries_of(session, thread=thread, asker=oksana)[-1]
        assert (last.kind, last.invitation_id) == (EntryKind.INVITATION, made.id)
        assert made.citizen_id == oksana.id
        assert item(session, thread).closed_at is not None


def test_how_long_it_takes_is_told_once_enough_is_known(
    session: Session, oksana: Citizen, jana: StaffMember
) -> None:
    thread = make.thread(session, oksana, now=FRIDAY)
    for number in range(20):
        assert queries.usual_days(session, now=FRIDAY + timedelta(days=30)) is None
        later = timedelta(days=3 if number < 16 else 7)  # Monday, or Friday
        asked = FRIDAY if number == 0 else FRIDAY + timedelta(minutes=number)
        if number:
            given = {"thread": thread, "text": "Und?", "by": oksana, "land": LAND}
            service.reply(session, **given, now=asked)
        make.answered(session, thread, jana, now=asked + later)
    assert queries.usual_days(session, now=FRIDAY + timedelta(days=30)) == 1
    assert queries.usual_days(session, now=FRIDAY + timedelta(days=300)) is None


class TestSeeing:
    def test_both_sides_know_what_the_other_has_seen(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana, now=FRIDAY)
        service.note_seen(session, thread=thread, by=oksana, now=FRIDAY)
        [entry] = queries.entries_of(session, thread=thread, asker=oksana)
        assert entry.seen_at is None  # one's own is not seen by oneself
        service.note_seen(session, thread=thread, by=jana, now=FRIDAY)
        service.note_seen(session, thread=thread, by=jana, now=FRIDAY + timedelta(hours=1))
        assert (entry.seen_at, entry.seen_by_name) == (FRIDAY, jana.name)

    def test_a_remark_is_nothing_new_for_the_citizen(
        self, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana)
        service.remark(session, thread=thread, text="Vorsicht, Betrug?", by=jana, now=FRIDAY)
        assert queries.unread_of(session, asker=oksana) == 0
        assert EntryKind.REMARK not in kinds(session, thread, oksana)
        assert EntryKind.REMARK in kinds(session, thread, jana)
        assert thread.last_side is Side.CITIZEN
        make.answered(session, thread, jana)
        assert queries.unread_of(session, asker=oksana) == 1
