"""What people type into a Sofortantrag: the shape of input; below each field, why it is asked."""

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from portal.accounts.forms import PortalForm
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    DateField,
    EmailField,
    HiddenField,
    TextAreaField,
    TextField,
)
from portal.core.validators import email, length, optional, pattern, required
from portal.instant.models import Emergency
from portal.instant.words import EMERGENCIES

NOW, LATER = "now", "later"
YES, NO = "yes", "no"
_CODE = {"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}


class InstantForm(PortalForm):
    """The whole Sofortantrag on one page.

    `website` is a field that people do not see: what is typed there was typed by a program.
    """

    token = HiddenField()
    website = TextField(
        _("Bitte leer lassen"), [optional()], render_kw={"autocomplete": "off", "tabindex": "-1"}
    )
    name = TextField(
        _("Vorname und Nachname"),
        [required(_("Geben Sie Ihren Namen ein.")), length(at_most=200)],
        description=_("Damit wir wissen, wer den Antrag stellt."),
        render_kw={"autocomplete": "name"},
    )
    birth_date = DateField(
        _("Geburtsdatum"),
        [required(_("Geben Sie Ihr Geburtsdatum ein."))],
        description=_("Damit wir Sie nicht mit jemandem verwechseln, der genauso heißt."),
        birthday=True,
    )
    no_fixed_address = CheckboxField(_("Ich habe keinen festen Wohnsitz"))
    street = TextField(
        _("Straße und Hausnummer"),
        [length(at_most=200)],
        render_kw={"autocomplete": "street-address"},
    )
    postcode = TextField(
        _("Postleitzahl"),
        [pattern(r"([0-9]{5})?", _("Geben Sie fünf Ziffern ein, zum Beispiel 35390."))],
        render_kw={"autocomplete": "postal-code", "inputmode": "numeric", "width": "5"},
    )
    city = TextField(_("Ort"), [length(at_most=100)], render_kw={"autocomplete": "address-level2"})
    phone = TextField(
        _("Telefon"),
        [
            optional(),
            length(at_most=40),
            pattern(
                r"[0-9+()/ .-]*[0-9][0-9+()/ .-]*",
                _("Geben Sie eine Telefonnummer ein, zum Beispiel 0151 23456789."),
            ),
        ],
        description=_("Damit wir Sie schnell erreichen, wenn es dringend ist."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    email = EmailField(
        _("E-Mail-Adresse"),
        [optional(), length(at_most=254), email()],
        description=_(
            "Wir schreiben Ihnen, dass der Antrag da ist. Mehr steht nicht in der E-Mail."
        ),
    )
    household = ChoiceField(
        _("Auch für andere, die mit Ihnen wohnen?"),
        [required(_("Wählen Sie Ja oder Nein."))],
        choices=((YES, _("Ja, auch für sie")), (NO, _("Nein, nur für mich"))),
        description=_(
            "Partnerin, Partner und Kinder im selben Haushalt. Mit „Ja“ gilt der Antrag auch für "
            "sie vom selben Tag an. Wie sie heißen, fragen wir später."
        ),
    )
    emergencies = ChoicesField(
        _("Ist etwas davon bei Ihnen jetzt so?"),
        [required(_("Wählen Sie aus, was zutrifft, oder „Nichts davon“."))],
        choices=[(one.value, EMERGENCIES[one]) for one in Emergency],
        description=_("Damit wir bei einer Notlage sofort handeln. Sie können mehreres wählen."),
    )
    need = TextField(
        _("Was ist dringend, und bis wann?"),
        [optional(), length(at_most=200)],
        description=_(
            "Damit wir das Dringendste zuerst tun. Zum Beispiel: Die Miete ist am Freitag fällig."
        ),
    )
    begin = ChoiceField(
        _("Ab wann möchten Sie Leistungen?"),
        [required(_("Wählen Sie aus, ab wann."))],
        choices=(),
        description=_(
            "Fast immer ist „so früh wie möglich“ richtig. Geld, das Sie in diesem Monat bekommen "
            "haben oder noch bekommen, rechnen wir dann aber an (§ 37 Absatz 2 SGB II). Kommt noch "
            "ein hoher Lohn, kann ein späterer Tag besser sein."
        ),
        default=NOW,
    )
    later_from = DateField(
        _("Ab welchem Tag?"),
        [optional()],
        description=_("Nur wenn Sie einen späteren Tag gewählt haben."),
    )

    def offer(self, first: str) -> None:
        """Say which day is meant by „so früh wie möglich“."""
        self.begin.choices = [
            (NOW, gettext("So früh wie möglich: ab %(day)s", day=first)),
            (LATER, gettext("Erst ab einem späteren Tag")),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for an address unless there is none, and for the day where a later one is wanted."""
        valid = bool(super().validate(extra_validators))
        if not self.no_fixed_address.data:
            valid &= self._ask(self.street, gettext("Geben Sie Straße und Hausnummer ein."))
            valid &= self._ask(self.postcode, gettext("Geben Sie die Postleitzahl ein."))
            valid &= self._ask(self.city, gettext("Geben Sie den Ort ein."))
        if self.begin.data == LATER:
            valid &= self._ask(self.later_from, gettext("Geben Sie den Tag ein."))
        elif self.later_from.data and not self.begin.errors:
            said = gettext(
                "Sie haben einen Tag eingetragen. Wählen Sie „Erst ab einem späteren Tag“, oder "
                "löschen Sie den Tag."
            )
            self.begin.errors = [said]
            valid = False
        return valid

    @staticmethod
    def _ask(field: Any, sentence: str) -> bool:
        if field.data or field.errors:
            return True  # what is wrong has been said
        field.errors = [sentence]
        return False

    @property
    def is_of_a_program(self) -> bool:
        """Tell whether the field that people do not see was filled in."""
        return bool(self.website.data)

    @property
    def typed(self) -> dict[str, Any]:
        """Return what was typed, as `service.applying.lodge` takes it."""
        later: date | None = self.later_from.data if self.begin.data == LATER else None
        return {
            **{
                one: getattr(self, one).data
                for one in (
                    *("name", "birth_date", "no_fixed_address", "street", "postcode", "city"),
                    *("phone", "email", "need"),
                )
            },
            "household": self.household.data == YES,
            "emergencies": list(self.emergencies.data or ()),
            "later_from": later,
        }


class CodeForm(PortalForm):
    """Show whose a Sofortantrag is: its number and its code."""

    number = TextField(
        _("Nummer"),
        [required(_("Geben Sie die Nummer ein.")), length(at_most=40)],
        description=_("8 Ziffern, zum Beispiel 4821-0936."),
        render_kw={"autocomplete": "off", "inputmode": "numeric", "width": "10"},
    )
    code = TextField(
        _("Ihr persönlicher Code"),
        [required(_("Geben Sie den Code ein.")), length(at_most=100)],
        description=_("24 Zeichen. Groß oder klein und mit oder ohne Striche ist egal."),
        render_kw=_CODE,
    )


class AnswerForm(PortalForm):
    """Say what was done about it."""

    words = TextAreaField(
        _("Was haben Sie veranlasst?"),
        [
            required(_("Schreiben Sie in einem Satz, was Sie veranlasst haben.")),
            length(at_most=1000),
        ],
        description=_(
            "Die Person liest das mit Nummer und Code. Sie-Form, kurz, zum Beispiel: „Wir haben Sie"
            " heute angerufen. Der Termin ist am Montag um 9 Uhr.“"
        ),
        render_kw={"rows": "3"},
    )


class SettleForm(PortalForm):
    """Say how it ended without a main application."""

    why = TextAreaField(
        _("Wie ist der Antrag erledigt?"),
        [
            required(_("Schreiben Sie in einem Satz, wie der Antrag erledigt ist.")),
            length(at_most=500),
        ],
        description=_(
            "Zum Beispiel: „Bescheid vom 3.12.2026“ oder „Die Person hat ihn am Telefon"
            " zurückgenommen, Vermerk in der Akte“. Ein Hauptantrag erledigt ihn von selbst."
        ),
        render_kw={"rows": "2"},
    )


class OpenCaseForm(PortalForm):
    """Say how the person is called in the file that is opened."""

    first_name = TextField(
        _("Vorname"), [required(_("Geben Sie den Vornamen ein.")), length(at_most=100)]
    )
    last_name = TextField(
        _("Nachname"), [required(_("Geben Sie den Nachnamen ein.")), length(at_most=100)]
    )


class SearchForm(PortalForm):
    """Look for the file under another name, or by its reference."""

    suche = TextField(
        _("Anderer Name oder Aktenzeichen"),
        [length(at_most=100)],
        render_kw={"autocomplete": "off"},
    )

    @property
    def words(self) -> str:
        """Return what to look for."""
        return (self.suche.data or "")[:100]
