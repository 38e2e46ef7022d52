"""What is typed about a talk: topics, the note, who does what until when, a remark."""

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, ValidationError

from portal.consultations import problems
from portal.consultations.models import (
    AGENDA_LIMIT,
    NOTE_LIMIT,
    REMARK_LIMIT,
    STEP_LIMIT,
    STEPS_MAX,
    Consultation,
    Doer,
)
from portal.consultations.note_words import NoteWords, Step
from portal.consultations.problems import TEXT_LIMIT, Problem
from portal.core.fields import (
    ChoiceField,
    DateField,
    KernWidget,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.core.validators import length, optional, required

WHO = {
    Doer.CITIZEN: _l("Bürgerin oder Bürger"),
    Doer.OFFICE: _l("Jobcenter"),
    Doer.TOGETHER: _l("Beide zusammen"),
}
EMPTY_ROWS = 2


class ShortDateField(DateField):
    """A day in one input, as officers type it: 4.12.2026."""

    widget = KernWidget("text", type="text", inputmode="numeric", width="10")

    def _value(self) -> str:
        return f"{self.data:%d.%m.%Y}" if self.data else ""


class StepForm(Form):
    """One agreed step; a row without words is no step."""

    who = SelectField(_l("Wer?"), choices=[(doer.value, name) for doer, name in WHO.items()])
    what = TextField(
        _l("Was?"), validators=[optional(), length(at_most=STEP_LIMIT, message=_l("Zu lang."))]
    )
    until = ShortDateField(_l("Bis wann?"), validators=[optional()])

    def validate_what(self, field: TextField) -> None:
        """Ask what shall be done by a day that was named."""
        if self.until.data and not field.data:
            raise ValidationError(gettext("Was soll bis zu diesem Tag getan werden?"))

    @property
    def step(self) -> Step | None:
        """Return the step, as far as it can be read; a half typed day is left out."""
        if not self.what.data or len(self.what.data) > STEP_LIMIT:
            return None
        return Step(Doer(self.who.data or Doer.CITIZEN), self.what.data, self.until.data)


class DraftForm(FlaskForm):
    """The note while it is written: what cannot be read yet stays on the page."""

    agenda = TextAreaField(
        _l("Was besprechen wir heute?"),
        description=_l("Ein Thema pro Zeile."),
        validators=[optional(), length(at_most=AGENDA_LIMIT, message=_l("Das ist zu lang."))],
    )
    note = TextAreaField(
        _l("Worüber haben wir gesprochen?"),
        description=_l("Die Bürgerin oder der Bürger kann diesen Text lesen."),
        validators=[optional(), length(at_most=NOTE_LIMIT, message=_l("Die Notiz ist zu lang."))],
    )
    steps = FieldList(FormField(StepForm), _l("Was haben wir vereinbart?"), max_entries=STEPS_MAX)

    @classmethod
    def of(cls, consultation: Consultation | None) -> "DraftForm":
        """Return the form with what is written so far, and room for more steps."""
        form = cls(obj=consultation)
        for _ in range(min(EMPTY_ROWS, STEPS_MAX - len(form.steps))):
            form.steps.append_entry()
        return form

    def words(self) -> NoteWords:
        """Return what was written."""
        return NoteWords(self.agenda.data or "", self.note.data or "", self._steps())

    def _steps(self) -> Sequence[Step]:
        return [step for row in self.steps if (step := row.form.step)]

    @property
    def can_be_kept(self) -> bool:
        """Tell whether the draft can be saved, faults in single steps aside."""
        self.validate()
        return not set(self.errors) - {"steps"}


class NoteForm(DraftForm):
    """The note as it goes into the file."""

    note = TextAreaField(
        _l("Worüber haben wir gesprochen?"),
        description=_l("Die Bürgerin oder der Bürger kann diesen Text lesen."),
        validators=[
            required(_l("Schreiben Sie kurz auf, worüber Sie gesprochen haben.")),
            length(at_most=NOTE_LIMIT, message=_l("Die Notiz ist zu lang.")),
        ],
    )


class RemarkForm(FlaskForm):
    """What the citizen says about the note."""

    text = TextAreaField(
        _l("Ihre Anmerkung"),
        description=_l("Zum Beispiel: was fehlt oder was Sie anders verstanden haben."),
        validators=[
            required(_l("Schreiben Sie, was Sie zur Notiz sagen möchten.")),
            length(
                at_most=REMARK_LIMIT, message=_l("Bitte schreiben Sie höchstens 4.000 Zeichen.")
            ),
        ],
    )


class ProblemForm(FlaskForm):
    """What did not work in a talk."""

    problem = ChoiceField(
        _l("Was ging nicht?"), choices=[(one.value, name) for one, name in problems.NAMES.items()]
    )
    text = TextAreaField(
        _l("Möchten Sie noch etwas dazu sagen?"),
        validators=[
            optional(),
            length(at_most=TEXT_LIMIT, message=_l("Bitte schreiben Sie höchstens 500 Zeichen.")),
        ],
    )

    @property
    def choice(self) -> Problem:
        """Return what did not work."""
        return Problem(self.problem.data)
