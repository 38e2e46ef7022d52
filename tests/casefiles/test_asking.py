"""Deeds of asking and answering: each leaves its row, its line, its item and its message."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit.models import Event
from portal.casefiles import asking, deadlines, evidence, jobs, law, months, queries, service
from portal.casefiles.models import (
    DocumentKind,
    EvidenceAnswer,
    EvidenceRequest,
    RequestState,
)
from portal.casefiles.wishes import Wish
from portal.core import clock, working_days
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.models import Message
from tests.factories import accounts, casefiles
from tests.factories.representation import representation

NOW = clock.now()
TODAY = clock.local_date(NOW)
SAID = [
    EvidenceAnswer.SOMEONE_ELSE,
    EvidenceAnswer.DO_NOT_HAVE,
    EvidenceAnswer.AUTHORITY_FETCHES,
    EvidenceAnswer.NOT_APPLICABLE,
    EvidenceAnswer.ALREADY_SENT,
]


def items(session: Session, request: EvidenceRequest) -> list[WorkItem]:
    return list(
        session.scalars(
            select(WorkItem).where(
                WorkItem.kind == ItemKind.EVIDENCE_ANSWER,
                WorkItem.subject_id == request.id,
                WorkItem.closed_at.is_(None),
            )
        )
    )


def deeds(session: Session, request: EvidenceRequest) -> list[Event]:
    return list(
        session.scalars(select(Event).where(Event.subject_id == str(request.id)).order_by(Event.id))
    )


def mails(session: Session, owner: Citizen) -> list[str]:
    found = select(Message.template).where(Message.recipient_id == owner.id)
    return list(session.scalars(found.order_by(Message.created_at, Message.id)))


def owner_of(session: Session, request: EvidenceRequest) -> Citizen:
    return session.get_one(Citizen, request.owner_id)


def officer_of(session: Session, request: EvidenceRequest) -> StaffMember:
    return casefiles.officer(session)


def say(
    session: Session,
    request: EvidenceRequest,
    answer: EvidenceAnswer,
    now: datetime = NOW,
    **more: object,
) -> None:
    owner = owner_of(session, request)
    asking.answer(session, request=request, answer=answer, by=owner, now=now, **more)


# Asking


def test_several_papers_are_several_tasks_and_one_mail(session: Session) -> None:
    case = casefiles.case(session)
    owner, partner = case.members[0].citizen, accounts.citizen(session)
    casefiles.member(session, case, partner)
    made = asking.ask_all(
        session,
        case=case,
        owner=owner,
        wishes=[
            Wish(
                DocumentKind.BANK_STATEMENTS,
                "Wir prüfen Einkommen.",
                legal_basis=law.EVIDENCE,
                months_from=date(2026, 7, 1),
                months_until=date(2026, 9, 1),
            ),
            Wish(DocumentKind.PAYSLIPS, "Wir rechnen.", months_from=date(2026, 10, 1)),
        ],
        about=partner,
        due_on=date(2026, 12, 10),
        by=casefiles.officer(session, case),
        now=NOW,
    )
    assert mails(session, owner) == ["document_requested"]
    assert [one.about_id for one in made] == [partner.id, partner.id]
    assert made[1].months_until == date(2026, 10, 1)
    assert [event.deed for one in made for event in deeds(session, one)] == [
        "casefiles.evidence_requested"
    ] * 2


def test_the_law_of_withholding_reaches_only_as_far_as_it_reaches() -> None:
    def asked(**fields: object) -> EvidenceRequest:
        return EvidenceRequest(**{"due_on": TODAY, "legal_basis": law.EVIDENCE, **fields})

    assert law.may_lead_to_withholding(asked())
    assert not law.may_lead_to_withholding(asked(due_on=None))
    assert not law.may_lead_to_withholding(asked(legal_basis=law.EMPLOYER))
    assert not law.may_lead_to_withholding(asked(legal_basis=law.INCAPACITY))
    assert {law.usual_basis(kind) for kind in DocumentKind} <= set(law.BASES)


@pytest.mark.parametrize(
    ("day", "land", "wanted"),
    [
        (date(2026, 11, 28), "HE", date(2026, 11, 30)),
        (date(2026, 12, 25), "HE", date(2026, 12, 28)),
        (date(2026, 11, 26), "HE", date(2026, 11, 26)),
        (date(2027, 1, 6), "BY", date(2027, 1, 7)),
    ],
)
def test_a_period_ends_on_a_working_day(day: date, land: str, wanted: date) -> None:
    assert working_days.on_or_after(day, land=land) == wanted


def test_a_closed_day_is_refused_and_the_next_named(session: object) -> None:
    with pytest.raises(InvalidInput, match=r"Montag, 30\. November 2026"):
        deadlines.check(date(2026, 11, 28), today=date(2026, 11, 26), land="HE")
    with pytest.raises(InvalidInput, match="heute oder später"):
        deadlines.check(date(2026, 11, 25), today=date(2026, 11, 26), land="HE")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (None, None, ""),
        (date(2026, 9, 1), date(2026, 9, 1), "September 2026"),
        (date(2026, 7, 1), date(2026, 9, 1), "Juli bis September 2026"),
        (date(2025, 12, 1), date(2026, 2, 1), "Dezember 2025 bis Februar 2026"),
    ],
)
def test_months_in_words(session: object, start: date | None, end: date | None, words: str) -> None:
    assert months.in_words(start, end) == words


# Answering


@pytest.mark.parametrize("answer", SAID)
def test_each_answer_is_kept_and_lies_before_the_office(
    session: Session, answer: EvidenceAnswer
) -> None:
    asked = casefiles.evidence_request(session)
    say(session, asked, answer, words="Ein Satz.")
    assert (asked.state, asked.answer) == (RequestState.ANSWERED, answer)
    assert (asked.answer_words, asked.answered_at) == ("Ein Satz.", NOW)
    (item,) = items(session, asked)
    assert item.reason.startswith("Antwort: ")
    assert item.next_step
    assert "Ein Satz" not in item.reason
    last = deeds(session, asked)[-1]
    assert last.deed == "casefiles.evidence_answered"
    assert last.facts["answer"] == answer.value
    assert "Ein Satz" not in str(last.facts)


def test_an_answer_can_be_changed_until_it_is_settled(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    say(session, asked, EvidenceAnswer.DO_NOT_HAVE, words="Verloren.")
    say(session, asked, EvidenceAnswer.SOMEONE_ELSE, words="Meine Bank")
    assert (asked.answer, asked.answer_words) == (EvidenceAnswer.SOMEONE_ELSE, "Meine Bank")
    assert len(items(session, asked)) == 1
    asking.settle(session, request=asked, by=officer_of(session, asked), now=NOW)
    assert items(session, asked) == []
    assert "task_changed" in mails(session, owner_of(session, asked))
    with pytest.raises(Conflict, match="schon erledigt"):
        say(session, asked, EvidenceAnswer.DO_NOT_HAVE, words="x")


def test_later_within_the_period_bothers_nobody(session: Session) -> None:
    asked = casefiles.evidence_request(session, due_on=TODAY + timedelta(days=10))
    say(session, asked, EvidenceAnswer.LATER, day=TODAY + timedelta(days=7))
    assert asked.state == RequestState.OPEN
    assert asked.answer_on == TODAY + timedelta(days=7)
    assert items(session, asked) == []
    assert queries.open_requests_of(session, asker=owner_of(session, asked)) == [asked]


def test_more_time_is_asked_for_and_given_once(session: Session) -> None:
    asked = casefiles.evidence_request(session, due_on=TODAY + timedelta(days=10))
    longer = TODAY + timedelta(days=24)
    say(session, asked, EvidenceAnswer.LATER, day=longer)
    (item,) = items(session, asked)
    assert item.due_on == TODAY + timedelta(days=10)
    assert asked.due_on == TODAY + timedelta(days=10)

    asking.extend(session, request=asked, by=officer_of(session, asked), now=NOW)
    assert (asked.due_on, asked.state) == (longer, RequestState.OPEN)
    assert items(session, asked) == []
    assert "task_changed" in mails(session, owner_of(session, asked))
    with pytest.raises(InvalidInput):
        say(session, asked, EvidenceAnswer.LATER, day=longer + timedelta(days=7))
    with pytest.raises(Conflict, match="mehr Zeit"):
        asking.extend(session, request=asked, by=officer_of(session, asked), now=NOW)


def test_the_office_can_stay_with_its_day(session: Session) -> None:
    due = TODAY + timedelta(days=10)
    asked = casefiles.evidence_request(session, due_on=due)
    say(session, asked, EvidenceAnswer.LATER, day=due + timedelta(days=7))
    asking.keep_deadline(session, request=asked, by=officer_of(session, asked), now=NOW)
    assert (asked.due_on, asked.answer, asked.answer_on) == (due, None, None)
    assert items(session, asked) == []
    assert "task_changed" in mails(session, owner_of(session, asked))


@pytest.mark.parametrize("days", [None, -1, 0, 60])
def test_later_is_a_day_that_is_not_too_far(session: Session, days: int | None) -> None:
    asked = casefiles.evidence_request(session)
    day = None if days is None else TODAY + timedelta(days=days)
    with pytest.raises(InvalidInput):
        say(session, asked, EvidenceAnswer.LATER, day=day)
    assert asked.answer is None


def test_a_named_paper_answers_and_is_let_go_when_the_answer_changes(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    owner = owner_of(session, asked)
    paper = casefiles.document(session, owner=owner, kind=DocumentKind.BANK_STATEMENTS)
    say(session, asked, EvidenceAnswer.ALREADY_SENT, document=paper)
    assert paper.request_id == asked.id
    assert asked.answer_words == paper.title
    say(session, asked, EvidenceAnswer.DO_NOT_HAVE, words="Doch nicht.")
    assert paper.request_id is None


def test_a_paper_that_comes_is_the_answer(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    asked.months_from = asked.months_until = date(2026, 9, 1)
    say(session, asked, EvidenceAnswer.DO_NOT_HAVE, words="Verloren.")
    paper = casefiles.document(session, owner=owner_of(session, asked), request=asked)
    assert (asked.answer, asked.answer_words) == (EvidenceAnswer.NOW, None)
    assert paper.months_from == date(2026, 9, 1)
    assert items(session, asked) == []
    with pytest.raises(Conflict, match="schon etwas abgegeben"):
        say(session, asked, EvidenceAnswer.LATER, day=TODAY + timedelta(days=3))
    service.accept(session, document=paper, by=casefiles.officer(session), now=NOW)
    assert asked.state == RequestState.SETTLED


def test_nobody_answers_for_another(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    with pytest.raises(NotFound):
        asking.answer(
            session,
            request=asked,
            answer=EvidenceAnswer.DO_NOT_HAVE,
            by=accounts.citizen(session),
            now=NOW,
        )


def test_who_acts_for_another_stands_in_the_trail(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    owner = owner_of(session, asked)
    right = representation(session, principal=owner)
    owner.act_through(right)
    say(session, asked, EvidenceAnswer.SOMEONE_ELSE, words="Vermieter")
    last = deeds(session, asked)[-1]
    assert last.actor_name == "Farid Amiri"
    assert last.facts["for"]["name"] == owner.name


def test_asking_again_opens_the_task_with_new_words(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    say(session, asked, EvidenceAnswer.NOT_APPLICABLE, words="Kein Konto.")
    asking.ask_again(
        session,
        request=asked,
        why="Bitte auch das Sparbuch.",
        due_on=TODAY + timedelta(days=20),
        by=officer_of(session, asked),
        now=NOW,
    )
    assert (asked.state, asked.answer) == (RequestState.OPEN, None)
    assert asked.why == "Bitte auch das Sparbuch."
    assert items(session, asked) == []
    assert "task_changed" in mails(session, owner_of(session, asked))


def test_a_withdrawn_request_takes_its_item_away(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    say(session, asked, EvidenceAnswer.DO_NOT_HAVE, words="Verloren.")
    asking.withdraw(session, request=asked, by=officer_of(session, asked), now=NOW)
    assert items(session, asked) == []


# Reminding


def remind(session: Session, owner: Citizen, *days: int) -> list[str]:
    """Let the clock of the office strike on these days; return the reminders that went out."""
    for day in days:
        for hour in (0, 2):
            jobs.remind(session, now=NOW + timedelta(days=day, minutes=hour))
    return [mail for mail in mails(session, owner) if mail.startswith("task_")]


def test_reminders_come_three_days_before_and_a_day_after_each_once(session: Session) -> None:
    asked = casefiles.evidence_request(session, due_on=TODAY + timedelta(days=10), now=NOW)
    owner = owner_of(session, asked)
    assert remind(session, owner, 0, 1, 6) == []
    assert remind(session, owner, 7, 8, 9, 10) == ["task_reminder"]
    assert remind(session, owner, 11, 12, 30) == ["task_reminder", "task_overdue"]
    (event, late) = [
        one for one in deeds(session, asked) if one.deed == "casefiles.evidence_reminded"
    ]
    assert (event.facts["why"], late.facts["why"]) == ("before", "after")


def test_tasks_of_one_day_are_one_mail(session: Session) -> None:
    owner = accounts.citizen(session)
    for kind in (DocumentKind.PAYSLIPS, DocumentKind.RENTAL_CONTRACT):
        due_on = TODAY + timedelta(days=10)
        casefiles.evidence_request(session, owner=owner, kind=kind, due_on=due_on, now=NOW)
    assert remind(session, owner, 8) == ["task_reminder"]


def test_the_day_that_was_named_is_remembered(session: Session) -> None:
    asked = casefiles.evidence_request(session, due_on=TODAY + timedelta(days=20), now=NOW)
    say(session, asked, EvidenceAnswer.LATER, day=TODAY + timedelta(days=7))
    assert remind(session, owner_of(session, asked), 6) == []
    assert remind(session, owner_of(session, asked), 7, 8) == ["task_reminder"]


def test_nobody_is_reminded_of_what_is_answered_or_waits_for_more_time(session: Session) -> None:
    due = TODAY + timedelta(days=10)
    done = casefiles.evidence_request(session, due_on=due, now=NOW)
    say(session, done, EvidenceAnswer.DO_NOT_HAVE, words="Verloren.")
    waiting = casefiles.evidence_request(session, due_on=due, now=NOW)
    say(session, waiting, EvidenceAnswer.LATER, day=due + timedelta(days=7))
    assert remind(session, owner_of(session, done), 8, 11) == []
    assert remind(session, owner_of(session, waiting), 8, 11) == []


def test_only_so_many_people_are_reminded_at_once(session: Session) -> None:
    for _ in range(3):
        casefiles.evidence_request(session, due_on=TODAY + timedelta(days=10), now=NOW)
    later = NOW + timedelta(days=8)
    assert len(evidence.due_reminders(session, now=later, people=2)) == 2
