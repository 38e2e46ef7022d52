"""What is typed about decisions, objections and text blocks: the shape of input, not the law."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Self
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FieldList, Form, FormField, ValidationError

from portal.accounts.forms import PortalForm
from portal.consultations.note_forms import ShortDateField
from portal.core.errors import PortalError
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    HiddenField,
    KernWidget,
    MoneyField,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.core.validators import length, optional, required
from portal.decisions import blocks, law, words
from portal.decisions.blocks import Block
from portal.decisions.models import Decision, NoHearing, Ruling, WrittenForm
from portal.decisions.typed import Typed, TypedAmount
from portal.invitations.models import Hearing

EMPTY_LINES = 2
_MONTH = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{4})")
_ON_LINE = re.compile(r"(person|cents|first|last)_(\d{1,3})")
_LONG = length(at_most=10_000)


class MonthField(TextField):
    """A month in one input, as officers type it: 12.2026."""

    data: Any
    widget = KernWidget("text", type="text", inputmode="numeric", width="10")

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the month as its first day."""
        self.data = None
        typed = "".join(valuelist[:1]).strip()
        if not typed:
            return
        found = _MONTH.fullmatch(typed)
        try:
            self.data = date(int(found[2]), int(found[1]), 1) if found else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(gettext("Geben Sie den Monat so ein: 12.2026."))

    def _value(self) -> str:
        return f"{self.data:%m.%Y}" if isinstance(self.data, date) else str(self.data or "")


class AmountLine(Form):
    """What one person gets; a line without an amount is none."""

    person = TextField(_("Person"), [length(at_most=160)])
    cents = MoneyField(_("Betrag im Monat"))
    first = MonthField(_("Von Monat"))
    last = MonthField(_("Bis Monat"))

    def validate_person(self, field: TextField) -> None:
        """Ask for whom an amount is."""
        if self.cents.data is not None and not field.data:
            raise ValidationError(gettext("Für wen ist dieser Betrag?"))

    @property
    def amount(self) -> TypedAmount | None:
        """Return the line, if it says something."""
        if self.cents.data is None or not self.person.data:
            return None
        cents = int(self.cents.data * 100)
        return TypedAmount(self.person.data, cents, self.first.data, self.last.data)


class DecisionForm(PortalForm):
    """The whole decision on one page; it can be kept at any moment."""

    revision = HiddenField()
    ruling = ChoiceField(_("Wie entscheiden Sie?"))
    award_from = ShortDateField(_("Bewilligt ab"))
    award_until = ShortDateField(_("Bewilligt bis"))
    lines = FieldList(FormField(AmountLine), _("Beträge"), max_entries=law.MOST_AMOUNTS)
    is_provisional = CheckboxField(_("Vorläufig (§ 41a SGB II)"))
    provisional_why = TextAreaField(_("Warum nur vorläufig?"), [_LONG])
    blocks = ChoicesField(_("Textbausteine"))
    reasons = TextAreaField(
        _("Gründe in eigenen Worten"),
        [_LONG],
        description=_("Kurze Sätze. Sagen Sie, von welchen Tatsachen Sie ausgehen (§ 35 SGB X)."),
    )
    legal_basis = TextField(
        _("Rechtsgrundlage"),
        [length(at_most=300)],
        description=_("Zum Beispiel: §§ 7, 19 bis 22 SGB II."),
    )
    is_intrusive = CheckboxField(
        _("Die Entscheidung nimmt etwas weg, was schon bewilligt war"),
        description=_("Dann wird die Person vorher angehört (§ 24 SGB X)."),
    )
    hearing_id = SelectField(_("Anhörung"), [optional()])
    no_hearing = SelectField(_("Ausnahme von der Anhörung"), [optional()])
    warned_on = ShortDateField(_("Schriftlich auf die Folge hingewiesen am"))
    warned_until = ShortDateField(_("Mit Frist bis"))
    discretion = TextAreaField(
        _("Was Sie abgewogen haben"),
        [_LONG],
        description=_(
            "Nur wenn Sie wegen fehlender Mitwirkung versagen: Warum ganz oder zum Teil, und was"
            " für die Person spricht (§ 66 SGB I, § 35 SGB X)."
        ),
    )
    is_abroad = CheckboxField(
        _("Der Bescheid wird im Ausland bekannt gegeben"),
        description=_("Dann sind es drei Monate für den Widerspruch (§ 84 SGG)."),
    )

    def offer(
        self, decision: Decision, blocks: Iterable[Block], hearings: Iterable[Hearing]
    ) -> Self:
        """Fill in what can be chosen for this decision; another ruling brings other blocks."""
        answers = decision.objection_id is not None
        self.ruling.choices = [
            (one.value, words.RULINGS[one])
            for one, rule in law.RULINGS.items()
            if rule.answers_objection == answers
        ]
        allowed = {one for one, rule in law.RULINGS.items() if rule.answers_objection == answers}
        self.blocks.choices = [
            (one.key, one.title)
            for one in blocks
            if allowed & set(one.rulings) and one.key != law.COURT_BLOCK
        ]
        self.hearing_id.choices = [
            ("", gettext("Keine")),
            *((str(one.id), words.hearing(one)) for one in hearings),
        ]
        self.no_hearing.choices = [
            ("", gettext("Keine Ausnahme")),
            *((one.value, words.NO_HEARING[one]) for one in NoHearing),
        ]
        return self

    def with_lines(self, names: Iterable[str] = ()) -> Self:
        """Add a line for each name that has none yet, and room for more."""
        known = {str(line.form.person.data or "") for line in self.lines}
        for name in names:
            if name not in known:
                self.lines.append_entry({"person": name})
        for _number in range(min(EMPTY_LINES, law.MOST_AMOUNTS - len(self.lines))):
            self.lines.append_entry()
        return self

    @property
    def seen(self) -> int:
        """Return the revision that was on the page; 0 for none."""
        typed = self.revision.data or ""
        return int(typed) if typed.isdecimal() and len(typed) < 9 else 0

    @property
    def typed(self) -> Typed:
        """Return everything that was typed."""
        amounts = (line.form.amount for line in self.lines)
        return Typed(
            ruling=Ruling(self.ruling.data) if self.ruling.data else None,
            award_from=self.award_from.data,
            award_until=self.award_until.data,
            amounts=tuple(one for one in amounts if one),
            is_provisional=bool(self.is_provisional.data),
            provisional_why=self.provisional_why.data or None,
            legal_basis=self.legal_basis.data or None,
            blocks=tuple(self.blocks.data or ()),
            reasons=self.reasons.data or None,
            is_intrusive=bool(self.is_intrusive.data),
            hearing_id=UUID(self.hearing_id.data) if self.hearing_id.data else None,
            no_hearing=NoHearing(self.no_hearing.data) if self.no_hearing.data else None,
            warned_on=self.warned_on.data,
            warned_until=self.warned_until.data,
            discretion=self.discretion.data or None,
            is_abroad=bool(self.is_abroad.data),
        )

    def refuse(self, error: PortalError) -> None:
        """Put the sentence at its field; `person_2` is a field of the third line."""
        found = _ON_LINE.fullmatch(error.field or "")
        if found and int(found[2]) < len(self.lines):
            field = self.lines[int(found[2])].form[found[1]]
            field.errors = [*field.errors, error.message]
            return
        super().refuse(error)


def of(decision: Decision) -> DecisionForm:
    """Return the form with what is kept of a decision."""
    return DecisionForm(
        formdata=None,
        revision=str(decision.revision),
        ruling=decision.ruling.value if decision.ruling else None,
        award_from=decision.award_from,
        award_until=decision.award_until,
        lines=[
            {
                "person": one.person,
                "cents": one.cents / 100,
                "first": one.first_month,
                "last": one.last_month,
            }
            for one in decision.amounts
        ],
        is_provisional=decision.is_provisional,
        provisional_why=decision.provisional_why,
        blocks=[one["key"] for one in decision.blocks],
        reasons=decision.reasons,
        legal_basis=decision.legal_basis,
        is_intrusive=decision.is_intrusive,
        hearing_id=str(decision.hearing_id or ""),
        no_hearing=decision.no_hearing.value if decision.no_hearing else "",
        warned_on=decision.warned_on,
        warned_until=decision.warned_until,
        discretion=decision.discretion,
        is_abroad=decision.is_abroad,
    )


class DeedForm(PortalForm):
    """One button."""


class SendBackForm(PortalForm):
    """Why a decision goes back to who prepared it."""

    why = TextAreaField(
        _("Was soll sich ändern?"),
        [required(_("Schreiben Sie, was sich ändern soll.")), length(at_most=2000)],
    )


class FormMetForm(PortalForm):
    """By what and on which day an objection met the written form."""

    form = ChoiceField(
        _("Was liegt vor?"),
        choices=[
            (WrittenForm.SIGNED.value, _("Der unterschriebene Widerspruch auf Papier")),
            (WrittenForm.RECORD.value, _("Eine Niederschrift im Amt")),
        ],
    )
    met_on = ShortDateField(_("Eingegangen am"), [required(_("An welchem Tag kam das Papier an?"))])


class ReinstateForm(PortalForm):
    """Whether a missed period is healed."""

    answer = ChoiceField(
        _("War die Person ohne Verschulden verhindert?"),
        choices=[("ja", _("Ja, die Frist gilt als gewahrt")), ("nein", _("Nein"))],
    )
    why = TextAreaField(
        _("Begründung"), [required(_("Schreiben Sie, warum.")), length(at_most=2000)]
    )


class BlockForm(PortalForm):
    """A text block: its title, its words, in which letters it can stand."""

    title = TextField(_("Titel"), [required(_("Wie heißt der Baustein?")), length(at_most=120)])
    text = TextAreaField(
        _("Text"),
        [required(_("Was steht im Brief?")), length(at_most=blocks.LONGEST)],
    )
    rulings = ChoicesField(
        _("Kann stehen in"),
        [required(_("Wählen Sie mindestens einen Brief."))],
        choices=[(one.value, name) for one, name in words.RULINGS.items()],
    )
