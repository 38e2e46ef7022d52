"""The law of applications: from which day one counts, what may follow on what, what may change."""

from datetime import date, datetime, timedelta

from portal.accounts.models import Citizen, RepresentationKind
from portal.applications.models import Application, ApplicationState, Source
from portal.applications.questions import IbanQuestion
from portal.applications.sheet import Sheet
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotAllowed

State = ApplicationState

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
AWARD_ENDS_SOON = timedelta(days=30)
OPENS_BEFORE_END = timedelta(days=60)


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
            "Rufen Sie uns bitte an, wenn etwas nicht stimmt."
        )


def can_edit(application: Application) -> bool:
    """Tell whether answers can still be changed."""
    return application.state is State.DRAFT


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
