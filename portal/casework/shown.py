"""Notes and questions as rows for the components of a page."""

from collections.abc import Iterable
from typing import Any

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext

from portal.casefiles.models import Case
from portal.casework.forms import SCOPES
from portal.casework.models import CaseNote, ExpertQuestion, NoteScope, QuestionState
from portal.core.templating import day, short_day, short_moment

Row = dict[str, Any]

QUESTION_STATES: dict[QuestionState, tuple[LazyString, str]] = {
    QuestionState.OPEN: (lazy_gettext("Offen"), "warning"),
    QuestionState.ANSWERED: (lazy_gettext("Beantwortet"), "success"),
    QuestionState.REVOKED: (lazy_gettext("Zurückgenommen"), "neutral"),
}


def notes(found: Iterable[CaseNote], case: Case) -> list[Row]:
    """Write notes, for `note_list`."""
    return [note(one, case) for one in found]


def note(one: CaseNote, case: Case) -> Row:
    """Write one note, for `note_list`."""
    here: dict[str, Any] = {"case_id": case.id, "id": one.id}
    return {
        "text": one.text,
        "by": one.author_name,
        "at": short_moment(one.written_at),
        "changed": short_moment(one.changed_at) if one.version > 1 else None,
        "who_reads": SCOPES[one.scope],
        "is_private": one.scope is NoteScope.PRIVATE,
        "is_pinned": one.pinned_at is not None,
        "href": url_for("staff_notes.edit", **here),
        "pin": url_for("staff_notes.unpin" if one.pinned_at else "staff_notes.pin", **here),
    }


def earlier(one: CaseNote) -> list[Row]:
    """Write the earlier wordings of a note, the latest first."""
    return [
        {
            "number": gettext("Fassung %(number)d", number=version.number),
            "text": version.text,
            "when": gettext(
                "%(first)s bis %(last)s",
                first=short_moment(version.written_at),
                last=short_moment(version.replaced_at),
            ),
        }
        for version in one.earlier
    ]


def questions(found: Iterable[ExpertQuestion]) -> list[Row]:
    """Write questions, for `data_table`."""
    return [
        {
            "question": {
                "label": _short(one.question),
                "href": url_for("staff_expert_questions.show", id=one.id),
            },
            "whom": one.asked_whom,
            "by": one.asked_by.name,
            "asked": short_day(one.asked_at),
            "due": short_day(one.due_on),
            "state": _state(one),
        }
        for one in found
    ]


def _state(one: ExpertQuestion) -> Row:
    label, tone = QUESTION_STATES[one.state]
    return {"label": label, "tone": tone}


def question_details(one: ExpertQuestion) -> list[Row]:
    """Write who asked whom and when, for `description_list`."""
    rows = [
        {"term": gettext("Gefragt"), "value": one.asked_whom},
        {
            "term": gettext("Von"),
            "value": f"{one.asked_by.name}, {short_moment(one.asked_at)}",
        },
        {"term": gettext("Antwort bis"), "value": day(one.due_on)},
        {"term": gettext("Stand"), "value": QUESTION_STATES[one.state][0]},
    ]
    if one.reminded_at:
        rows.append({"term": gettext("Erinnert"), "value": short_moment(one.reminded_at)})
    if one.answered_at and one.answered_by:
        answered = f"{one.answered_by.name}, {short_moment(one.answered_at)}"
        rows.append({"term": gettext("Beantwortet"), "value": answered})
    if one.read_at:
        rows.append({"term": gettext("Gelesen"), "value": short_moment(one.read_at)})
    if one.revoked_at:
        ended = f"{one.revoked_by_name}, {short_moment(one.revoked_at)}"
        rows.append({"term": gettext("Zurückgenommen"), "value": ended})
    return rows


def _short(text: str, at_most: int = 80) -> str:
    """Cut a text at a word, for a table."""
    line = " ".join(text.split())
    return line if len(line) <= at_most else line[:at_most].rsplit(" ", 1)[0] + " …"
