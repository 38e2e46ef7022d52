"""What citizens and staff type: shape only; the law of passwords stands in `rules`."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from portal.core.errors import PortalError
from portal.core.fields import EmailField, PasswordField, TextField
from portal.core.validators import email, length, optional, pattern, required


class PortalForm(FlaskForm):
    """A form that can show what a service refused beside the field it is about."""

    @property
    def given(self) -> dict[str, Any]:
        """Return what was typed into the fields of this form, and nothing else that was sent."""
        return {name: value for name, value in self.data.items() if name != "csrf_token"}

    def refuse(self, error: PortalError) -> None:
        """Put the sentence of `error` at its field, or above the form."""
        field: Any = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(error.message)
        else:
            field.errors = [*field.errors, error.message]


class SignInForm(PortalForm):
    """Sign in with address and password."""

    email = EmailField(
        _("E-Mail-Adresse"),
        [required(_("Geben Sie Ihre E-Mail-Adresse ein.")), length(at_most=254)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _("Passwort"), [required(_("Geben Sie Ihr Passwort ein.")), length(at_most=1000)]
    )


class RegisterForm(PortalForm):
    """Open an account."""

    first_name = TextField(
        _("Vorname"),
        [required(_("Geben Sie Ihren Vornamen ein.")), length(at_most=80)],
        render_kw={"autocomplete": "given-name"},
    )
    last_name = TextField(
        _("Nachname"),
        [required(_("Geben Sie Ihren Nachnamen ein.")), length(at_most=80)],
        render_kw={"autocomplete": "family-name"},
    )
    email = EmailField(
        _("E-Mail-Adresse"),
        [required(_("Geben Sie Ihre E-Mail-Adresse ein.")), email(), length(at_most=254)],
        description=_("An diese Adresse schicken wir einen Link."),
    )
    password = PasswordField(
        _("Passwort"),
        [required(_("Denken Sie sich ein Passwort aus.")), length(at_most=1000)],
        description=_("Mindestens 8 Zeichen, besser 12. Mehrere Wörter sind leicht zu merken."),
        render_kw={"autocomplete": "new-password"},
    )


class AddressForm(PortalForm):
    """Ask for a link to set a new password."""

    email = EmailField(
        _("E-Mail-Adresse"),
        [required(_("Geben Sie Ihre E-Mail-Adresse ein.")), email(), length(at_most=254)],
    )


def _new_password() -> PasswordField:
    return PasswordField(
        _("Neues Passwort"),
        [required(_("Denken Sie sich ein Passwort aus.")), length(at_most=1000)],
        description=_("Mindestens 8 Zeichen, besser 12. Mehrere Wörter sind leicht zu merken."),
        render_kw={"autocomplete": "new-password"},
    )


class NewPasswordForm(PortalForm):
    """Set a new password with the link from the mail."""

    password = _new_password()


class ChangePasswordForm(PortalForm):
    """Set a new password, knowing the old one."""

    current = PasswordField(
        _("Bisheriges Passwort"),
        [required(_("Geben Sie Ihr bisheriges Passwort ein.")), length(at_most=1000)],
    )
    password = _new_password()


class ContactForm(PortalForm):
    """How the office reaches a citizen besides by e-mail."""

    phone = TextField(
        _("Telefon"),
        [
            optional(),
            pattern(
                r"[+0-9][0-9 ()/-]{4,29}",
                _("Geben Sie eine Telefonnummer ein, zum Beispiel 0641 5550123."),
            ),
        ],
        description=_("Für Rückfragen und wenn ein Videogespräch nicht klappt."),
        render_kw={"type": "tel", "autocomplete": "tel", "inputmode": "tel"},
    )
    street = TextField(
        _("Straße und Hausnummer"),
        [optional(), length(at_most=120)],
        render_kw={"autocomplete": "street-address"},
    )
    postcode = TextField(
        _("Postleitzahl"),
        [optional(), pattern(r"\d{5}", _("Eine Postleitzahl hat fünf Ziffern."))],
        render_kw={"autocomplete": "postal-code", "inputmode": "numeric", "width": "5"},
    )
    city = TextField(
        _("Ort"),
        [optional(), length(at_most=80)],
        render_kw={"autocomplete": "address-level2"},
    )
