"""Everything the status page of a sent application shows besides its answers and papers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import (
    correction_queries,
    queries,
    rules,
    status,
    supplement_shown,
    supplement_ways,
    supplements,
    wording,
)
from portal.applications.models import CorrectionRound, ProcessingTime
from portal.applications.places import Place
from portal.applications.queries import Filled
from portal.applications.status import Missing, StationKind
from portal.applications.supplement_shown import Task, Told
from portal.applications.wording import Wording
from portal.casefiles import asked
from portal.core import clock
from portal.core.templating import day

Asker = Citizen | StaffMember


@dataclass(frozen=True)
class Asked:
    """One open round as the citizen sees it: its marks as tasks."""

    round: CorrectionRound
    tasks: list[Task]
    is_ready: bool


@dataclass(frozen=True)
class Standing:
    """Where an application stands, with what was asked and what was added since it was sent."""

    line: list[dict[str, Any]]
    rounds: tuple[CorrectionRound, ...]
    lacks: Missing
    told: list[Told]
    notes: dict[Place, str]
    asked: list[Asked]
    papers: list[Task]
    usual: ProcessingTime | None


def of(session: Session, *, filled: Filled, asker: Asker, now: datetime) -> Standing:
    """Gather it; the number of queries does not depend on how much there is."""
    application, say = filled.application, wording.of_request()
    rounds = tuple(correction_queries.rounds_of(session, application=application))
    requests = correction_queries.open_requests(session, application=application, asker=asker)
    lacks = status.missing(application, rounds=rounds, requests=requests)
    sent = queries.supplements_to(session, ids=[application.id]).get(application.id, [])
    base = queries.sheet_as_sent(session, filled=filled, asker=asker)
    told = supplement_shown.history(say, base, sent)
    usual = rules.usual_time(correction_queries.processing_times(session), application.form)
    is_own = isinstance(asker, Citizen)  # the pages of tasks may not be served to the office
    return Standing(
        line=_line(filled, rounds, lacks, usual),
        rounds=rounds,
        lacks=lacks,
        told=told,
        notes=supplement_shown.notes(told),
        asked=_asked(session, say, filled, lacks) if is_own else [],
        papers=asked.tasks(lacks.requests, today=clock.local_date(now)) if is_own else [],
        usual=usual,
    )


def _asked(session: Session, say: Wording, filled: Filled, lacks: Missing) -> list[Asked]:
    drafts = correction_queries.drafts_of(session, application=filled.application)
    found = []
    for round in lacks.rounds:
        written = supplements.written_on(filled.sheet, drafts.get(round.id), round)
        tasks = supplement_shown.mark_tasks(say, filled, round, written)
        is_ready = bool(written.changes) and not written.unanswered and not written.gaps
        found.append(Asked(round, tasks, is_ready))
    return found


def _line(
    filled: Filled,
    rounds: tuple[CorrectionRound, ...],
    lacks: Missing,
    usual: ProcessingTime | None,
) -> list[dict[str, Any]]:
    """Return the stations for `timeline`, each with its day, what comes next and by whom."""
    return [
        {
            "title": _title(filled, station.kind),
            "state": station.phase.value,
            "day": day(station.day) if station.day else "",
            "text": _text(filled, station, lacks, usual),
        }
        for station in status.stations(filled.application, rounds=rounds, lacks=lacks)
    ]


def _title(filled: Filled, kind: StationKind) -> str:
    outcome = filled.application.outcome
    match kind:
        case StationKind.RECEIVED:
            return str(gettext("Eingegangen"))
        case StationKind.IN_REVIEW:
            return str(gettext("In Prüfung"))
        case StationKind.MISSING:
            return str(gettext("Es fehlt etwas"))
        case StationKind.DECIDED if outcome is not None:
            words = wording.OUTCOME_WORDS[outcome]
            return str(gettext("Entschieden: %(outcome)s", outcome=words))
        case _:
            return str(gettext("Entschieden"))


def _text(
    filled: Filled, station: status.Station, lacks: Missing, usual: ProcessingTime | None
) -> str:
    """Return what a station says: from when it works, who acts next, until when."""
    application = filled.application
    is_now = station.phase is status.Phase.CURRENT
    match station.kind:
        case StationKind.RECEIVED if application.effective_from is not None:
            words = [gettext("Der Antrag wirkt ab %(day)s.", day=day(application.effective_from))]
            words += [gettext("Als Nächstes prüft ihn das Jobcenter.")] if is_now else []
            return " ".join(words)
        case StationKind.IN_REVIEW if is_now and application.reviewer is not None:
            return str(gettext("%(name)s prüft Ihren Antrag.", name=application.reviewer.name))
        case StationKind.MISSING if is_now:
            return _missing_words(lacks)
        case StationKind.DECIDED if station.phase is status.Phase.DONE:
            return str(gettext("Den Bescheid mit allen Gründen bekommen Sie gesondert."))
        case StationKind.DECIDED:
            return usual_words(filled, usual)
    return ""


def _missing_words(lacks: Missing) -> str:
    if lacks.due_on is None:
        return str(gettext("Als Nächstes brauchen wir etwas von Ihnen."))
    until = day(lacks.due_on)
    return str(gettext("Als Nächstes brauchen wir etwas von Ihnen, bis %(day)s.", day=until))


def usual_words(filled: Filled, usual: ProcessingTime | None) -> str:
    """Return how long a decision usually takes: from real ones, else by the rule."""
    submitted_at = filled.application.submitted_at
    if usual is not None:
        half = ngettext("einem Tag", "%(num)d Tagen", usual.half_days)
        most = ngettext("einem Tag", "%(num)d Tagen", usual.most_days)
        return str(
            gettext(
                "Die Hälfte der Anträge war nach %(half)s entschieden, neun von zehn nach "
                "%(most)s.",
                half=half,
                most=most,
            )
        )
    if submitted_at is None:
        return ""
    expected = day(rules.usual_answer_by(submitted_at))
    return str(gettext("Die Entscheidung dauert in der Regel bis %(day)s.", day=expected))


def round_address(filled: Filled, round: CorrectionRound) -> str:
    """Return where the answer to a round is looked over and sent."""
    return supplement_ways.start(filled.application, round)


def receipt_address(told: Told, filled: Filled) -> str:
    """Return the page of one sent supplement."""
    return url_for("supplements.sent", id=filled.application.id, number=told.supplement.number)
