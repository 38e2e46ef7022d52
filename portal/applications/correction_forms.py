"""Forms of rounds of questions and supplements; the former are built for the marks they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length, Optional

from portal.applications.forms import SendForm
from portal.applications.models import MarkReason
from portal.applications.places import Place
from portal.applications.questions import GroupQuestion
from portal.applications.sheet import Step
from portal.applications.wording import MARK_WORDS
from portal.core.fields import ChoicesField, DateField, SelectField, TextAreaField, TextField

LONGEST_WORDS = 2000
LONGEST_NOTE = 600
MOST_MARKS = 500

ANSWER, DOCUMENT, NEED = "a", "d", "n"


def key_of(place: Place) -> str:
    """Write a place as the value of a checkbox."""
    return ANSWER + ":" + "/".join(str(part or "") for part in place)


def list_key(group: GroupQuestion, step: Step) -> str:
    """Write a whole list as the value of a checkbox."""
    return key_of(Place(group.id, None, step.owner))


def place_in(key: str) -> Place | None:
    """Read the place of a checkbox; None for a forged one."""
    kind, _, rest = key.partition(":")
    parts = rest.split("/")
    if kind != ANSWER or len(parts) != 3 or not parts[0]:
        return None
    try:
        row, owner = (UUID(part) if part else None for part in parts[1:])
    except ValueError:
        return None
    return Place(parts[0], row, owner)


@dataclass(frozen=True)
class Marked:
    """One ticked answer or paper, as it stands in the form."""

    key: str
    title: str
    value: str
    page_count: int = 0


class RoundForm(FlaskForm):
    """What is asked about each mark, what the person should know, until when."""

    words = TextAreaField(
        lazy_gettext("Text für die Person"),
        [Optional(), Length(max=LONGEST_WORDS)],
        description=lazy_gettext(
            "Steht über der Liste. Kurz und in Sie-Form. Was passiert, wenn nichts kommt, gehört "
            "nicht hierher."
        ),
        render_kw={"rows": 3},
    )
    due_on = DateField(
        lazy_gettext("Bis wann?"),
        [DataRequired(lazy_gettext("Geben Sie ein Datum an."))],
    )

    def reason(self, number: int) -> MarkReason:
        """Return the reason of one mark."""
        return MarkReason(self._fields[f"reason_{number}"].data)

    def note(self, number: int) -> str | None:
        """Return what was written to one mark."""
        return self._fields[f"note_{number}"].data or None

    def pages(self, number: int) -> tuple[int, ...]:
        """Return the pages of a paper that one mark is about."""
        field = self._fields.get(f"pages_{number}")
        return tuple(sorted(field.data or ())) if field is not None else ()


def round_form(marks: Sequence[Marked], *, due_on: date, blank: bool = False) -> RoundForm:
    """Build the form that asks about these marks; a blank one reads nothing of the request."""
    fields: dict[str, Any] = {}
    for number, mark in enumerate(marks):
        choices = [(one.value, MARK_WORDS[one]) for one in MarkReason]
        fields[f"reason_{number}"] = SelectField(lazy_gettext("Grund"), choices=choices)
        fields[f"note_{number}"] = TextField(
            lazy_gettext("Genauer, wenn nötig"), [Optional(), Length(max=LONGEST_NOTE)]
        )
        if mark.page_count > 1:
            pages = [(page, str(page)) for page in range(1, mark.page_count + 1)]
            fields[f"pages_{number}"] = ChoicesField(
                lazy_gettext("Um welche Seiten geht es?"), [Optional()], choices=pages, coerce=int
            )
    made = type("AskRoundForm", (RoundForm,), fields)
    given = {"formdata": None} if blank else {}
    usual = {f"reason_{number}": _usual(mark).value for number, mark in enumerate(marks)}
    form: RoundForm = made(data={"due_on": due_on} | usual, **given)
    return form


def _usual(mark: Marked) -> MarkReason:
    """Return the reason that is chosen at first."""
    kinds = {DOCUMENT: MarkReason.INCOMPLETE, NEED: MarkReason.MISSING}
    return kinds.get(mark.key.partition(":")[0], MarkReason.UNCLEAR)


class SupplementForm(SendForm):
    """The button that sends a supplement, with a few words if somebody wants to say why."""

    words = TextAreaField(
        lazy_gettext("Möchten Sie etwas dazu sagen?"),
        [
            Optional(),
            Length(
                max=LONGEST_WORDS,
                message=lazy_gettext("Das ist zu lang. Möglich sind 2.000 Zeichen."),
            ),
        ],
        render_kw={"rows": 3},
    )


def nothing_marked() -> str:
    """Return what to do when nothing is ticked."""
    return str(gettext("Markieren Sie zuerst, worum es geht: Angaben oder Unterlagen."))
