"""Where a sent application stands: received, in review, something is missing, decided.

"Something is missing" is derived, never kept: an open round of questions with answers to look at,
or an open request for a paper of this application. The line names who is to act next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.applications.models import Application, ApplicationState, CorrectionRound
from portal.applications.rules import awaits_answers
from portal.casefiles.models import EvidenceRequest
from portal.core import clock


class StationKind(StrEnum):
    """What a station is; the words stand in the template."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    MISSING = "missing"
    DECIDED = "decided"


class Phase(StrEnum):
    """Whether a station lies behind, is now, or is still to come."""

    DONE = "done"
    CURRENT = "current"
    OPEN = "open"


@dataclass(frozen=True)
class Station:
    """One station of an application on its way; `day` is when it was reached."""

    kind: StationKind
    phase: Phase
    day: date | None = None


@dataclass(frozen=True)
class Missing:
    """What the office waits for: rounds with answers, papers; and the nearest day."""

    rounds: tuple[CorrectionRound, ...] = ()
    requests: tuple[EvidenceRequest, ...] = ()

    @property
    def is_something(self) -> bool:
        """Tell whether anything is missing."""
        return bool(self.rounds or self.requests)

    @property
    def due_on(self) -> date | None:
        """Return the nearest day until which something is asked for."""
        days = [one.last_day for one in self.rounds]
        days += [one.due_on for one in self.requests if one.due_on is not None]
        return min(days, default=None)


def missing(
    application: Application,
    *,
    rounds: Sequence[CorrectionRound],
    requests: Sequence[EvidenceRequest],
) -> Missing:
    """Return what is missing; nothing is once the application is decided or taken back."""
    if application.state not in {ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW}:
        return Missing()
    return Missing(tuple(one for one in rounds if awaits_answers(one)), tuple(requests))


def stations(
    application: Application, *, rounds: Sequence[CorrectionRound], lacks: Missing
) -> list[Station]:
    """Return the line of stations; "something is missing" stands in it if it is or was so."""
    decided = application.state is ApplicationState.DECIDED
    in_review = application.state is ApplicationState.IN_REVIEW
    first = Phase.CURRENT if _is_untouched(application) and not lacks.is_something else Phase.DONE
    found = [
        Station(StationKind.RECEIVED, first, _day(application.submitted_at)),
        Station(
            StationKind.IN_REVIEW,
            Phase.DONE
            if decided or (in_review and lacks.is_something)
            else Phase.CURRENT
            if in_review
            else Phase.OPEN,
            _day(application.review_started_at),
        ),
    ]
    if lacks.is_something:
        found.append(Station(StationKind.MISSING, Phase.CURRENT))
    elif answered := [one.answered_at for one in rounds if one.answered_at]:
        found.append(Station(StationKind.MISSING, Phase.DONE, _day(max(answered))))
    phase = Phase.DONE if decided else Phase.OPEN
    return [*found, Station(StationKind.DECIDED, phase, _day(application.decided_at))]


def _is_untouched(application: Application) -> bool:
    return application.state is ApplicationState.SUBMITTED


def _day(moment: datetime | None) -> date | None:
    return clock.local_date(moment) if moment else None
