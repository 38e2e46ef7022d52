"""The law of applications: from which day one counts, what may follow on what, what may change.

What may follow on what (`diagram` writes it from `TRANSITIONS`, a test compares the two):

    stateDiagram-v2
        [*] --> draft
        draft --> submitted
        submitted --> in_review
        submitted --> withdrawn
        in_review --> decided
        in_review --> withdrawn
        decided --> [*]
        withdrawn --> [*]

"Something is missing" is no state of its own: it follows from open rounds of questions and open
requests for papers (`status.py`), so that it can never contradict them.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from portal.accounts.models import Citizen, RepresentationKind
from portal.applications.models import (
    Application,
    ApplicationState,
    CorrectionRound,
    ProcessingTime,
    Source,
)
from portal.applications.places import Place
from portal.applications.questions import IbanQuestion
from portal.applications.sheet import Sheet
from portal.applications.weighing import age
from portal.core import clock, periods, working_days
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

State = ApplicationState

ANSWERS_FROM = 15  # from this age on one can apply and answer for oneself (§ 36 SGB I)
BORN = "member_birth_date"

TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED}),
    State.SUBMITTED: frozenset({State.IN_REVIEW, State.WITHDRAWN}),
    State.IN_REVIEW: frozenset({State.DECIDED, State.WITHDRAWN}),
    State.DECIDED: frozenset(),
    State.WITHDRAWN: frozenset(),
}

# Who helps or lives with somebody fills in and sends, but does not say where the money goes.
NOT_WITH_MONEY = frozenset(
    {
        RepresentationKind.HELPER,
        RepresentationKind.HELPER_ORGANISATION,
        RepresentationKind.HOUSEHOLD_MEMBER,
        RepresentationKind.COMPANION,
    }
)

FRIDAY = 4
USUAL_TIME = timedelta(weeks=4)
URGENT_TIME = timedelta(days=1)
NORMAL_TIME = timedelta(days=14)
EVIDENCE_TIME = timedelta(days=14)
URGENT_LEVEL = 2
AWARD_ENDS_SOON = timedelta(days=30)
OPENS_BEFORE_END = timedelta(days=60)

# Usual times are told from real ones of the last year once there are enough of them.
ALL_FORMS = "*"
ENOUGH_DECIDED = 20
LOOKS_BACK = timedelta(days=365)


def effective_from(received_at: datetime) -> date:
    """Return the day an application works from: the first of the month of its arrival.

    § 37 (2) SGB II; the month is that of the wall clock in Europe/Berlin.
    """
    return clock.local_date(received_at).replace(day=1)


def counts_from(sheet: Sheet, received_at: datetime, lodged_from: date | None) -> date:
    """Return the day from which what is applied for counts.

    What was lodged without a form before was an application already (§ 37 SGB II, § 9 SGB X), so
    the earlier day stays; who wishes a later start gets it.
    """
    day = effective_from(received_at)
    if sheet.form.begins_award and lodged_from is not None:
        day = min(day, lodged_from)
    wished = sheet.answer(sheet.form.starts_on) if sheet.form.starts_on else None
    return max(day, date.fromisoformat(str(wished))) if wished else day


def usual_answer_by(submitted_at: datetime) -> date:
    """Return the day by which an application is usually decided, never at a weekend."""
    day = clock.local_date(submitted_at + USUAL_TIME)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > FRIDAY else day


def check_transition(application: Application, to: State) -> None:
    """Raise `Conflict` unless the application can go from its state to `to`."""
    if to not in TRANSITIONS[application.state]:
        raise Conflict(
            "Dieser Antrag ist inzwischen weiter. Laden Sie die Seite neu und sehen Sie nach, "
            "was jetzt möglich ist."
        )


def can_go(application: Application, to: State) -> bool:
    """Tell whether the application can go from its state to `to`."""
    return to in TRANSITIONS[application.state]


def check_can_edit(application: Application) -> None:
    """Raise `Conflict` once the application is sent: what was sent stays as it was."""
    if not can_edit(application):
        raise Conflict(
            "Dieser Antrag ist schon gesendet. Die Angaben darin können Sie nicht mehr ändern. "
            "Wenn etwas nicht stimmt, ändern Sie es auf der Seite des Antrags mit einem Nachtrag."
        )


def can_edit(application: Application) -> bool:
    """Tell whether answers can still be changed."""
    return application.state is State.DRAFT


def answers_alone(sheet: Sheet, owner: UUID) -> bool:
    """Tell whether a person of the household is known to be old enough to apply for themselves."""
    born = sheet.answer(BORN, row=owner)
    return born is not None and age(born, sheet.day) >= ANSWERS_FROM


def is_child(sheet: Sheet, owner: UUID) -> bool:
    """Tell whether a person of the household is known to be younger than that."""
    return sheet.answer(BORN, row=owner) is not None and not answers_alone(sheet, owner)


def check_can_attach(application: Application) -> None:
    """Raise `Conflict` when the application waits for no more papers."""
    if not can_attach(application):
        raise Conflict(
            "Dieser Antrag ist abgeschlossen. Neue Unterlagen können Sie unter „Unterlagen“ "
            "einreichen."
        )


def can_attach(application: Application) -> bool:
    """Tell whether papers can be added: until there is a decision, also after sending."""
    return application.state in {State.DRAFT, State.SUBMITTED, State.IN_REVIEW}


def check_can_submit(application: Application, sheet: Sheet) -> None:
    """Raise unless everything that is asked is answered; papers may follow later."""
    check_transition(application, State.SUBMITTED)
    if sheet.gaps:
        raise InvalidInput(
            "Der Antrag ist noch nicht vollständig. Beantworten Sie bitte zuerst die offenen "
            "Fragen."
        )


def changes_account(sheet: Sheet) -> bool:
    """Tell whether the benefit would go to another account: then the sender proves who it is.

    OWASP ASVS 5.0, 7.5.3. A stolen session must not be able to redirect somebody's money. An
    account that an earlier application named, such as the landlord's, is no other one.
    """
    return any(
        isinstance(question, IbanQuestion)
        and sheet.answer(question.id, None, step.owner)
        and sheet.source(question.id, None, step.owner) is not Source.EARLIER
        for step in sheet.steps
        for question in sheet.asked_on(step)
    )


def check_who_changes_account(sheet: Sheet, by: Citizen) -> None:
    """Raise unless the person, or who has a full power, gives another account for the benefit."""
    through = by.represented_by
    if through and through.kind in NOT_WITH_MONEY and changes_account(sheet):
        raise NotAllowed(
            f"In diesem Antrag steht ein neues Konto. {by.name} muss ihn selbst senden."
        )


def can_submit(application: Application, sheet: Sheet) -> bool:
    """Tell whether the application can be sent now."""
    return can_go(application, State.SUBMITTED) and not sheet.gaps


def urgency(sheet: Sheet, award_until: date | None, today: date) -> tuple[int, str | None]:
    """Return how urgent an application is, and the sentence that says why."""
    level, reasons = sheet.urgency
    if award_until is not None and award_until - today <= AWARD_ENDS_SOON:
        level = max(level, 1)
        ended = "endete" if award_until < today else "endet"
        reasons = (*reasons, f"Bewilligung {ended} am {award_until:%d.%m.%Y}")
    return level, " · ".join(reasons) or None


def urgency_of(application: Application, sheet: Sheet) -> tuple[int, str | None]:
    """Return how urgent a sent application was on the day it was sent, and why."""
    if application.case is None or application.submitted_at is None:
        return 0, None
    sent_on = clock.local_date(application.submitted_at)
    return urgency(sheet, application.case.award_until, sent_on)


def due_on(submitted_at: datetime, level: int) -> date:
    """Return the day by which somebody should have looked at it."""
    return clock.local_date(submitted_at + (URGENT_TIME if level > 1 else NORMAL_TIME))


OBJECTION_MONTHS = 3
"""§ 88 (2) SGG: an objection that lies longer can be sued for."""


def due_on_of(application: Application, level: int) -> date:
    """Return the day by which somebody should have looked; an objection has its legal clock."""
    if application.submitted_at is None:
        raise NotFound
    if application.form == "wid" and level < URGENT_LEVEL:
        sent_on = clock.local_date(application.submitted_at)
        return periods.months_later(sent_on, OBJECTION_MONTHS)
    return due_on(application.submitted_at, level)


def diagram() -> str:
    """Write the transition table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.DRAFT}"]
    for state, following in TRANSITIONS.items():
        lines += [f"    {state} --> {to}" for to in State if to in following]
        if not following:
            lines.append(f"    {state} --> [*]")
    return "\n".join(lines)


# Supplements and rounds of questions


def check_can_supplement(application: Application) -> None:
    """Raise `Conflict` unless the application is sent and not decided or taken back."""
    if not can_supplement(application):
        raise Conflict(
            "Dieser Antrag ist abgeschlossen. Neues melden Sie bitte mit einem neuen Antrag oder "
            "einer Veränderungsmitteilung."
        )


def can_supplement(application: Application) -> bool:
    """Tell whether something can be added to what was sent."""
    return application.state in {State.SUBMITTED, State.IN_REVIEW}


def check_can_ask(application: Application) -> None:
    """Raise `Conflict` unless the office can ask about this application."""
    if not can_supplement(application):
        raise Conflict("Dieser Antrag ist abgeschlossen. Eine Rückfrage ist nicht mehr möglich.")


def awaits_answers(round: CorrectionRound) -> bool:
    """Tell whether the citizen still has marked answers to look at."""
    is_open = round.closed_at is None and round.answered_at is None
    return is_open and any(mark.question_id for mark in round.marks)


def check_can_answer(round: CorrectionRound) -> None:
    """Raise `Conflict` when a round is answered or closed. A day that is over closes nothing."""
    if round.closed_at is not None or round.answered_at is not None:
        raise Conflict(
            "Diese Rückfrage ist schon beantwortet oder erledigt. Auf der Seite des Antrags sehen "
            "Sie, was jetzt noch offen ist."
        )


def check_can_close(round: CorrectionRound) -> None:
    """Raise `Conflict` when somebody has closed the round already."""
    if round.closed_at is not None:
        raise Conflict("Diese Rückfrage ist schon erledigt. Laden Sie die Seite neu.")


def more_time(round: CorrectionRound, *, land: str) -> date:
    """Return the day that the period ends on when it is extended: as much again."""
    given = round.due_on - clock.local_date(round.opened_at)
    later = round.due_on + max(given, timedelta(days=1))
    return working_days.on_or_after(later, land=land)


def can_extend(round: CorrectionRound, *, now: datetime) -> bool:
    """Tell whether the citizen can take more time: once, until the last day has ended.

    The day ends at midnight in Europe/Berlin.
    """
    is_open = round.closed_at is None and round.answered_at is None
    return is_open and round.extended_to is None and clock.local_date(now) <= round.due_on


def check_can_extend(round: CorrectionRound, *, now: datetime) -> None:
    """Raise `Conflict` unless the citizen can take more time now."""
    if not can_extend(round, now=now):
        raise Conflict(
            "Die Frist lässt sich hier nicht mehr verlängern. Sie können trotzdem noch antworten, "
            "bis über den Antrag entschieden ist. Brauchen Sie Hilfe, rufen Sie uns an."
        )


def is_over(round: CorrectionRound, *, now: datetime) -> bool:
    """Tell whether the last day of the period has ended in Europe/Berlin; answers still count."""
    return clock.local_date(now) > round.last_day


def check_who_gives_account(sheet: Sheet, places: Iterable[Place], by: Citizen) -> None:
    """Raise unless the person, or who has a full power, changes the account of the benefit."""
    through = by.represented_by
    if through and through.kind in NOT_WITH_MONEY and names_account(sheet, places):
        raise NotAllowed(f"Darin steht ein neues Konto. {by.name} muss es selbst senden.")


def names_account(sheet: Sheet, places: Iterable[Place]) -> bool:
    """Tell whether one of these places holds an account."""
    return any(isinstance(sheet.form.find(one.question), IbanQuestion) for one in places)


def usual_time(times: Iterable[ProcessingTime], form: str) -> ProcessingTime | None:
    """Return how long decisions on a form take: of its own kind if there are enough, else of all.

    None stands for the fixed rule (`usual_answer_by`).
    """
    known = {one.form: one for one in times if one.decided >= ENOUGH_DECIDED}
    return known.get(form) or known.get(ALL_FORMS)
