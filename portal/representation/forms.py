"""What people choose when they trust somebody: kind, powers, how long; and the code they type."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _

from portal.accounts.forms import PortalForm
from portal.accounts.models import Citizen, Power, RepresentationKind
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    DateField,
    HiddenField,
    SelectField,
    TextField,
)
from portal.core.validators import length, optional, required
from portal.representation import rules, words
from portal.representation.rules import Period, TaskArea

Kind = RepresentationKind

SHORT_PERIODS = (Period.SITTING, Period.DAY, Period.WEEK, Period.MONTH)
LONG_PERIODS = (Period.QUARTER, Period.YEAR, Period.THREE_YEARS)


def _offer(values: Any, names: Any) -> list[tuple[str, Any]]:
    return [(value.value, names[value]) for value in values]


class HelpForm(PortalForm):
    """Ask somebody to help for a while."""

    powers = ChoicesField(
        _("Was darf die Person?"),
        choices=_offer((p for p in Power if p in rules.AT_MOST[Kind.HELPER]), words.POWERS),
        default=[power.value for power in Power if power in rules.USUALLY[Kind.HELPER]],
        description=_("Wer etwas für Sie tut, sieht auch Ihre Akte."),
    )
    period = ChoiceField(
        _("Wie lange?"),
        choices=_offer(SHORT_PERIODS, words.PERIODS),
        default=Period.SITTING.value,
    )

    kind = Kind.HELPER

    @property
    def wanted(self) -> dict[str, Any]:
        """Return the choice as `service.invite` takes it."""
        return {
            "kind": self.kind,
            "powers": [Power(power) for power in self.powers.data or []],
            "period": Period(self.period.data),
        }


class TrustForm(PortalForm):
    """Give a power of attorney, or name a companion."""

    kind = ChoiceField(
        _("Wer soll das sein?"),
        choices=[
            (kind.value, words.KINDS[kind], {"hint": words.KIND_MEANINGS[kind]})
            for kind in rules.GIVEN_BY_THE_PERSON
        ],
        default=Kind.POWER_OF_ATTORNEY.value,
    )
    powers = ChoicesField(
        _("Was darf die Person?"),
        choices=_offer(Power, words.POWERS),
        default=[power.value for power in Power if power in rules.USUALLY[Kind.HOUSEHOLD_MEMBER]],
        description=_(
            "Wer etwas für Sie tut, sieht auch Ihre Akte. Für einen Beistand gilt davon nichts."
        ),
    )
    period = ChoiceField(
        _("Wie lange?"),
        choices=_offer(LONG_PERIODS, words.PERIODS),
        default=Period.YEAR.value,
    )

    @property
    def wanted(self) -> dict[str, Any]:
        """Return the choice as `service.invite` takes it."""
        return {
            "kind": Kind(self.kind.data),
            "powers": [Power(power) for power in self.powers.data or []],
            "period": Period(self.period.data),
        }


class CodeForm(PortalForm):
    """Type the code that somebody shows or reads out."""

    code = TextField(
        _("Code"),
        [required(_("Geben Sie den Code ein.")), length(at_most=40)],
        description=_("Acht Zeichen in zwei Gruppen, zum Beispiel K7QP-3MXD"),
        render_kw={
            "width": "10",
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
        },
    )


class AcceptForm(PortalForm):
    """Take a code, maybe for an organisation that helps."""

    organisation = TextField(
        _("Beratungsstelle"),
        [optional(), length(at_most=120)],
        description=_(
            "Nur wenn Sie im Auftrag einer Stelle helfen, zum Beispiel „Caritas Lindenau“. Dann"
            " endet die Hilfe, sobald Sie sich abmelden."
        ),
        render_kw={"autocomplete": "organization"},
    )


class SwitchForm(PortalForm):
    """Choose for whom to act; nothing chosen means for oneself."""

    representation = HiddenField()
    next = HiddenField()


class RecordForm(PortalForm):
    """Write down what somebody has shown on paper; used by staff."""

    principal = SelectField(_("Wer wird vertreten?"))
    kind = ChoiceField(
        _("Was liegt vor?"),
        choices=_offer(rules.RECORDED_BY_THE_OFFICE, words.KINDS),
        default=Kind.GUARDIAN.value,
    )
    address = TextField(
        _("E-Mail-Adresse oder Handynummer des Kontos, das vertritt"),
        [required(_("Geben Sie die Adresse ein, mit der sich die Person anmeldet."))],
        description=_("Lassen Sie sich die Adresse von der Person sagen und den Ausweis zeigen."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    areas = ChoicesField(
        _("Aufgabenkreise (nur bei Betreuung)"),
        choices=_offer(TaskArea, words.AREAS),
        description=_("So, wie sie im Betreuerausweis stehen. Daraus folgt, was das Konto darf."),
    )
    consent_reserved = CheckboxField(_("Es gibt einen Einwilligungsvorbehalt (§ 1825 BGB)."))
    powers = ChoicesField(
        _("Was ist erlaubt? (nur bei Vollmacht)"),
        choices=_offer(Power, words.POWERS),
        default=[power.value for power in Power],
    )
    ends_on = DateField(
        _("Gilt bis"),
        [optional()],
        description=_("Nur bei einer Betreuung darf das Ende offen bleiben."),
    )
    proof = TextField(
        _("Was wurde vorgelegt?"),
        [
            required(_("Schreiben Sie auf, was Sie gesehen haben.")),
            length(at_most=300),
        ],
        description=_("Zum Beispiel: Betreuerausweis, Amtsgericht Lindenau, 3.2.2026"),
    )

    def __init__(self, *args: Any, people: Sequence[Citizen], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.principal.choices = [(str(one.id), one.name) for one in people]

    @property
    def granted(self) -> dict[str, Any]:
        """Return what is granted, as `service.grant` takes it."""
        kind = Kind(self.kind.data)
        proof = {"kind": kind, "proof": (self.proof.data or "").strip()}
        if kind is Kind.GUARDIAN:
            areas = [TaskArea(area) for area in self.areas.data or []]
            return {
                **proof,
                "powers": rules.powers_of_areas(areas),
                "task_areas": areas,
                "consent_reserved": bool(self.consent_reserved.data),
            }
        return {**proof, "powers": [Power(power) for power in self.powers.data or []]}


class EndForm(PortalForm):
    """Say why the office ends a representation."""

    why = TextField(
        _("Warum endet sie?"),
        [required(_("Schreiben Sie auf, warum die Vertretung endet.")), length(at_most=300)],
        description=_("Zum Beispiel: Beschluss des Amtsgerichts Lindenau vom 2.11.2026"),
    )
