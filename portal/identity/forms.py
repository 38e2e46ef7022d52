"""What citizens and staff type around the letter and the counter: shape only."""

from typing import Any

from flask_babel import lazy_gettext as _

from portal.accounts.forms import PortalForm
from portal.core.fields import CheckboxField, ChoiceField, DateField, TextAreaField, TextField
from portal.core.validators import Validator, length, pattern, required


def _compact(value: Any) -> Any:
    return "".join(value.split()).upper() if isinstance(value, str) else value


def _customer_number() -> TextField:
    return TextField(
        _("Kundennummer"),
        [
            required(_("Geben Sie die Kundennummer aus der Akte ein.")),
            pattern(
                r"[0-9]{3}[A-Z][0-9]{6}",
                _("Eine Kundennummer sieht so aus: 123A456789."),
            ),
        ],
        description=_("Aus der Akte, zum Beispiel 123A456789."),
        filters=(_compact,),
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "width": "10",
        },
    )


def _street(autocomplete: str) -> TextField:
    return TextField(
        _("Straße und Hausnummer"),
        [required(_("Geben Sie Straße und Hausnummer ein.")), length(at_most=120)],
        render_kw={"autocomplete": autocomplete},
    )


def _postcode(autocomplete: str) -> TextField:
    return TextField(
        _("Postleitzahl"),
        [
            required(_("Geben Sie die Postleitzahl ein.")),
            pattern(r"[0-9]{5}", _("Eine Postleitzahl hat fünf Ziffern.")),
        ],
        render_kw={"autocomplete": autocomplete, "inputmode": "numeric", "width": "5"},
    )


def _city(autocomplete: str) -> TextField:
    return TextField(
        _("Ort"),
        [required(_("Geben Sie den Ort ein.")), length(at_most=80)],
        render_kw={"autocomplete": autocomplete},
    )


def _ticked(message: Any) -> Validator:
    return required(message)


class AskForm(PortalForm):
    """Ask for the letter: what helps to find the file."""

    birth_date = DateField(
        _("Geburtsdatum"),
        [required(_("Geben Sie Ihr Geburtsdatum ein."))],
        description=_("Zum Beispiel 27 3 1990."),
    )
    street = _street("street-address")
    postcode = _postcode("postal-code")
    city = _city("address-level2")


class CodeForm(PortalForm):
    """The code of the letter."""

    code = TextField(
        _("Code aus dem Brief"),
        [required(_("Geben Sie den Code aus dem Brief ein.")), length(at_most=40)],
        description=_("Acht Zeichen in zwei Gruppen, zum Beispiel K7QP-3MXD."),
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "width": "10",
        },
    )


class PrintForm(PortalForm):
    """Name and postal address of the file, and its customer number."""

    customer_number = _customer_number()
    recipient = TextField(
        _("Name"),
        [required(_("Geben Sie den Namen aus der Akte ein.")), length(at_most=160)],
        render_kw={"autocomplete": "off"},
    )
    street = _street("off")
    postcode = _postcode("off")
    city = _city("off")
    confirmed = CheckboxField(
        _("Name, Geburtsdatum und Anschrift stehen so in der Akte."),
        [_ticked(_("Vergleichen Sie die Angaben mit der Akte."))],
    )

    @property
    def given(self) -> dict[str, Any]:
        """Return what goes onto the letter."""
        return {name: value for name, value in super().given.items() if name != "confirmed"}


class FindForm(PortalForm):
    """Find an account by what the person at the counter says or shows."""

    said = TextField(
        _("Nummer vom Telefon, E-Mail-Adresse, Handynummer oder Kundennummer"),
        [required(_("Geben Sie ein, was die Person zeigt oder sagt.")), length(at_most=254)],
        description=_("Sechs Ziffern, oder genau die Adresse des Kontos."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class CounterForm(PortalForm):
    """What the officer saw on the card; its number is not asked for."""

    card = ChoiceField(
        _("Welchen Ausweis haben Sie gesehen?"),
        [required(_("Wählen Sie den Ausweis aus."))],
        description=_("Die Nummer des Ausweises wird nicht gespeichert."),
        choices=[
            ("identity_card", _("Personalausweis")),
            ("passport", _("Reisepass")),
            ("residence_permit", _("Aufenthaltstitel")),
            ("other", _("Anderes amtliches Dokument mit Foto")),
        ],
    )
    birth_date = DateField(
        _("Geburtsdatum laut Ausweis"),
        [required(_("Geben Sie das Geburtsdatum ein, das auf dem Ausweis steht."))],
    )
    customer_number = _customer_number()
    confirmed = CheckboxField(
        _("Foto und Name auf dem Ausweis passen zur Person und zum Konto."),
        [_ticked(_("Vergleichen Sie Foto und Name."))],
    )

    @property
    def given(self) -> dict[str, Any]:
        """Return what is kept."""
        return {name: value for name, value in super().given.items() if name != "confirmed"}


class UnlinkForm(PortalForm):
    """Why a link was wrong."""

    reason = TextAreaField(
        _("Warum war die Verknüpfung falsch?"),
        [required(_("Schreiben Sie den Grund auf.")), length(at_least=5, at_most=500)],
        render_kw={"rows": "3"},
    )
