"""Who may read a draft along and propose something in it: questions about rows, no database."""

from datetime import datetime, timedelta

from flask_babel import gettext

from portal.accounts.models import StaffMember
from portal.applications import merging, rules
from portal.applications.places import Place, Value
from portal.applications.questions import (
    DeclarationQuestion,
    DocumentQuestion,
    GroupQuestion,
    PersonQuestion,
    Question,
)
from portal.applications.reading_along import DraftReading
from portal.applications.sheet import Sheet
from portal.core.errors import Conflict, Expired, InvalidInput, NotFound, PortalError

CODE_LENGTH = 8
CODE_LASTS = timedelta(minutes=30)
READING_LASTS = timedelta(minutes=30)

# What somebody declares is said by that person, papers are handed in, and a list is its rows.
_NOT_PROPOSED = (DeclarationQuestion, DocumentQuestion, GroupQuestion)


def check_code_is_open(reading: DraftReading | None, *, now: datetime) -> None:
    """Raise `Expired` for a code that is wrong, used, taken back or old: nobody learns which."""
    if (
        reading is None
        or reading.opened_at is not None
        or reading.ended_at is not None
        or now >= reading.expires_at
        or not rules.can_edit(reading.application)
    ):
        raise Expired(
            gettext(
                "Dieser Code stimmt nicht, wurde schon benutzt oder ist abgelaufen. Bitten Sie die"
                " Person um einen neuen."
            )
        )


def code_is_open(reading: DraftReading, *, now: datetime) -> bool:
    """Tell whether somebody of the office can still take the code."""
    try:
        check_code_is_open(reading, now=now)
    except PortalError:
        return False
    return True


def is_running(reading: DraftReading, *, now: datetime) -> bool:
    """Tell whether somebody reads along now."""
    is_there = reading.opened_at is not None and reading.ended_at is None
    return is_there and now < reading.expires_at


def check_reads(reading: DraftReading, by: StaffMember, *, now: datetime) -> None:
    """Raise `NotFound` unless `by` reads along now."""
    is_theirs = reading.staff_member_id == by.id and rules.can_edit(reading.application)
    if not is_theirs or not is_running(reading, now=now):
        raise NotFound(
            gettext("Das Mitlesen ist zu Ende. Bitten Sie die Person um einen neuen Code.")
        )


def may_be_proposed(question: Question | None) -> bool:
    """Tell whether the office can propose an answer to this kind of question."""
    return question is not None and not isinstance(question, _NOT_PROPOSED)


def is_asked(sheet: Sheet, place: Place) -> bool:
    """Tell whether this place is asked now and for these eyes."""
    question = sheet.form.find(place.question)
    if question is None or sheet.hides_place(place):
        return False
    column = sheet.form.columns.get(place.question)
    rows = sheet.rows(column[0], place.owner) if column else (None,)
    if place.row not in rows:  # a new row would ask it, too: there is none to propose for
        return False
    return sheet.is_asked(question, place.row, place.owner)


def check_can_propose(sheet: Sheet, place: Place) -> None:
    """Raise `NotFound` for what these eyes do not see, and for what only the person says."""
    if not is_asked(sheet, place) or not may_be_proposed(sheet.form.find(place.question)):
        raise NotFound(gettext("Diese Frage steht nicht mehr im Entwurf. Laden Sie ihn neu."))


def check_is_new(sheet: Sheet, place: Place, value: Value) -> None:
    """Raise `InvalidInput` when this stands there already."""
    kept = sheet.kept.get(place)
    if kept is not None and merging.mark(kept.value) == merging.mark(value):
        raise InvalidInput(
            gettext("Das steht schon so im Entwurf. Schlagen Sie etwas anderes vor."),
            field=place.question,
        )


def check_can_accept(sheet: Sheet, place: Place, value: Value) -> None:
    """Raise `Conflict` when the question is not asked any more or the proposal does not fit it."""
    question = sheet.form.find(place.question)
    is_gone = isinstance(question, PersonQuestion) and not _is_offered(sheet, question, value)
    if is_gone or not is_asked(sheet, place):
        raise Conflict(
            gettext(
                "Dieser Vorschlag passt nicht mehr zu Ihren Antworten. An Ihrem Entwurf hat sich"
                " nichts geändert."
            )
        )


def _is_offered(sheet: Sheet, question: PersonQuestion, value: Value) -> bool:
    offered = {"applicant" if not one.int else str(one) for one in sheet.people(question)}
    return str(value) in offered
