"""What a citizen has to do, by when, and how far an application is: pure questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.applications.models import Application, ApplicationState, CorrectionRound, OwnPart
from portal.applications.rules import OPENS_BEFORE_END, usual_answer_by
from portal.appointments.models import Booking
from portal.casefiles.models import Case, EvidenceRequest
from portal.core import clock
from portal.invitations.queries import Call

State = ApplicationState

SOON = 3


class TaskKind(StrEnum):
    """What kind of step it is; the words stand in the template."""

    REQUEST = "request"
    CORRECTION = "correction"
    DRAFT = "draft"
    RENEWAL = "renewal"
    BOOKING = "booking"
    PART = "part"
    CALL = "call"


@dataclass(frozen=True)
class Task:
    """One step that the citizen has to take, and the day until which."""

    kind: TaskKind
    due_on: date | None
    request: EvidenceRequest | None = None
    booking: Booking | None = None
    application: Application | None = None
    round: CorrectionRound | None = None
    part: OwnPart | None = None
    call: Call | None = None

    def days_left(self, today: date) -> int | None:
        """Count the days until the task is due; negative when it is late."""
        return (self.due_on - today).days if self.due_on else None

    def is_urgent(self, today: date) -> bool:
        """Tell whether the day is near or over."""
        left = self.days_left(today)
        return left is not None and left <= SOON and self.kind != TaskKind.BOOKING


class StageState(StrEnum):
    """Whether a stage of an application lies behind, is now, or is still to come."""

    DONE = "done"
    CURRENT = "current"
    OPEN = "open"


@dataclass(frozen=True)
class Stage:
    """One stage of an application on its way."""

    state: StageState
    day: date | None


def tasks(
    *,
    requests: Sequence[EvidenceRequest],
    bookings: Sequence[Booking],
    application: Application | None,
    case: Case | None,
    today: date,
    rounds: Sequence[tuple[CorrectionRound, Application]] = (),
    parts: Sequence[OwnPart] = (),
    calls: Sequence[Call] = (),
) -> list[Task]:
    """List what there is to do, the nearest day first, what has no day last."""
    found = [Task(TaskKind.REQUEST, request.due_on, request=request) for request in requests]
    found += [
        Task(TaskKind.CORRECTION, round.last_day, application=asked, round=round)
        for round, asked in rounds
    ]
    found += [Task(TaskKind.PART, None, part=part) for part in parts if not part.confirmed_at]
    found += [
        Task(TaskKind.BOOKING, clock.local_date(booking.starts_at), booking=booking)
        for booking in bookings
    ]
    found += [Task(TaskKind.CALL, call.due_on, call=call) for call in calls]
    award_until = case.award_until if case else None
    if application is not None and application.state == State.DRAFT:
        found.append(Task(TaskKind.DRAFT, award_until, application=application))
    elif needs_renewal(award_until, application, today):
        found.append(Task(TaskKind.RENEWAL, award_until))
    return sorted(found, key=lambda task: (task.due_on is None, task.due_on or today))


def needs_renewal(award_until: date | None, application: Application | None, today: date) -> bool:
    """Tell whether the benefit ends soon and nothing was sent to go on with it."""
    if award_until is None or today < award_until - OPENS_BEFORE_END:
        return False
    sent: datetime | None = application.submitted_at if application else None
    is_withdrawn = application is not None and application.state == State.WITHDRAWN
    return sent is None or is_withdrawn or clock.local_date(sent) < award_until - OPENS_BEFORE_END


def stages(application: Application) -> tuple[Stage, Stage, Stage]:
    """Return the three stages of a sent application: received, in review, decided."""
    days = [
        clock.local_date(moment) if moment else None
        for moment in (
            application.submitted_at,
            application.review_started_at,
            application.decided_at,
        )
    ]
    here = {State.SUBMITTED: 0, State.IN_REVIEW: 1, State.DECIDED: 2}.get(application.state, 0)
    return tuple(  # type: ignore[return-value]
        Stage(
            StageState.DONE
            if number < here
            else StageState.CURRENT
            if number == here
            else StageState.OPEN,
            day,
        )
        for number, day in enumerate(days)
    )


def answer_by(application: Application) -> date | None:
    """Return the day by which a sent application is usually decided; none once it is."""
    if application.submitted_at is None or application.state not in {
        State.SUBMITTED,
        State.IN_REVIEW,
    }:
        return None
    return usual_answer_by(application.submitted_at)
