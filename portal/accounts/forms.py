"""What citizens and staff type: shape only; the law of passwords stands in `rules`."""

import json
from typing import Any, Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from portal.accounts import addresses
from portal.accounts.message_wishes import HOURS, Lead, MessageWish, Route, leads_of
from portal.accounts.models import Citizen
from portal.core import i18n
from portal.core.errors import InvalidInput, PortalError
from portal.core.fields import ChoiceField, ChoicesField, HiddenField, PasswordField, TextField
from portal.core.validators import Validator, email, length, optional, pattern, required
from portal.notifications.topics import CHOSEN, Topic


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


def address_of_person() -> Validator:
    """Ask for an e-mail address or a mobile number; the link that is sent there proves it."""
    looks_like_mail = email()

    def check(form: Any, field: Any) -> None:
        typed = field.data or ""
        if "@" in typed:
            looks_like_mail(form, field)
            return
        try:
            addresses.split(typed)
        except InvalidInput as error:
            raise ValidationError(error.message) from error

    return check


class SignInForm(PortalForm):
    """Sign in with address and password."""

    address = TextField(
        _("E-Mail-Adresse oder Handynummer"),
        [
            required(_("Geben Sie Ihre E-Mail-Adresse oder Handynummer ein.")),
            length(at_most=254),
        ],
        render_kw={
            "autocomplete": "username webauthn",
            "autocapitalize": "none",
            "spellcheck": "false",
        },
    )
    password = PasswordField(
        _("Passwort"), [required(_("Geben Sie Ihr Passwort ein.")), length(at_most=1000)]
    )


def _new_password(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [required(_("Denken Sie sich ein Passwort aus.")), length(at_most=1000)],
        description=_("Mindestens 8 Zeichen, besser 12. Mehrere Wörter sind leicht zu merken."),
        render_kw={"autocomplete": "new-password"},
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
    address = TextField(
        _("E-Mail-Adresse oder Handynummer"),
        [
            required(_("Geben Sie Ihre E-Mail-Adresse oder Handynummer ein.")),
            address_of_person(),
            length(at_most=254),
        ],
        description=_("Dorthin schicken wir einen Link."),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = _new_password(_("Passwort"))


class AddressForm(PortalForm):
    """Name the address of one's account, or a new one for it."""

    address = TextField(
        _("E-Mail-Adresse oder Handynummer"),
        [
            required(_("Geben Sie eine E-Mail-Adresse oder Handynummer ein.")),
            address_of_person(),
            length(at_most=254),
        ],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class NewPasswordForm(PortalForm):
    """Set a new password with the link from the message."""

    password = _new_password(_("Neues Passwort"))


class ChangePasswordForm(PortalForm):
    """Set a new password, knowing the old one."""

    current = PasswordField(
        _("Bisheriges Passwort"),
        [required(_("Geben Sie Ihr bisheriges Passwort ein.")), length(at_most=1000)],
    )
    password = _new_password(_("Neues Passwort"))


class FirstPasswordForm(PortalForm):
    """Set the first password of an account that had none."""

    password = _new_password(_("Neues Passwort"))


class PasswordForm(PortalForm):
    """Show the password once more."""

    password = PasswordField(
        _("Passwort"), [required(_("Geben Sie Ihr Passwort ein.")), length(at_most=1000)]
    )


class CodeForm(PortalForm):
    """A code of the app, or one from paper."""

    code = TextField(
        _("Code"),
        [required(_("Geben Sie den Code ein.")), length(at_most=40)],
        description=_("Sechs Ziffern aus Ihrer App, oder ein Notfall-Code vom Papier."),
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "characters", "width": "20"},
    )


class FirstCodeForm(PortalForm):
    """The first code of a new app, which shows that it works."""

    code = TextField(
        _("Code"),
        [required(_("Geben Sie den Code ein.")), length(at_most=40)],
        description=_("Die sechs Ziffern, die Ihre App gerade zeigt."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "width": "10"},
    )


class PasskeyForm(PortalForm):
    """What the device answered, as the script of the page wrote it into hidden fields."""

    step = HiddenField(validators=[required(), length(at_most=200)])
    answer = HiddenField(validators=[required(), length(at_most=20_000)])

    @property
    def credential(self) -> dict[str, Any]:
        """Return the answer as WebAuthn defines it (JSON serialization); empty when it is none."""
        try:
            found = json.loads(self.answer.data or "")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class NewPasskeyForm(PasskeyForm):
    """A new passkey with the name that its owner gives it."""

    name = TextField(
        _("Name des Geräts"),
        [optional(), length(at_most=60)],
        description=_("Zum Beispiel: Mein Handy."),
    )


class ButtonForm(PortalForm):
    """A button and nothing else."""


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


_AS_EVER = ("", _("Wie oben gewählt"))
_NOT_AT_ALL = (Route.NONE.value, _("Gar nicht, ich sehe im Portal nach"))
_WAYS = [
    (Route.MAIL.value, _("Per E-Mail")),
    (Route.SMS.value, _("Per SMS")),
    (Route.BOTH.value, _("Per E-Mail und SMS")),
]


class MessageWishForm(PortalForm):
    """How messages come, about what, in which language, and when to be reminded of appointments."""

    route: ChoiceField | None = ChoiceField(
        _("Wie möchten Sie Nachrichten bekommen?"),
        choices=_WAYS,
    )
    appointments: ChoiceField | None = ChoiceField(
        _("Über Ihre Termine"), [optional()], choices=[_AS_EVER, *_WAYS]
    )
    requests: ChoiceField | None = ChoiceField(
        _("Wenn wir etwas von Ihnen brauchen"), [optional()], choices=[_AS_EVER, *_WAYS]
    )
    news: ChoiceField | None = ChoiceField(
        _("Wenn es Neues zu Anträgen und Unterlagen gibt"),
        [optional()],
        choices=[_AS_EVER, *_WAYS, _NOT_AT_ALL],
    )
    language = ChoiceField(
        _("In welcher Sprache?"),
        choices=[(code, name) for code, name in i18n.LANGUAGES.items()],
    )
    leads = ChoicesField(
        _("Wann möchten Sie an einen Termin erinnert werden?"),
        [optional()],
        choices=[
            (Lead.WEEK.value, _("Eine Woche vorher")),
            (Lead.TWO_DAYS.value, _("Zwei Tage vorher")),
            (Lead.DAY.value, _("Einen Tag vorher")),
            (Lead.TWO_HOURS.value, _("Zwei Stunden vorher")),
        ],
        description=_("Kreuzen Sie nichts an, wenn Sie keine Erinnerung möchten."),
    )

    @classmethod
    def showing(cls, citizen: Citizen, wish: MessageWish | None) -> Self:
        """Show what holds now."""
        leads = leads_of(wish.leads if wish else None)
        form = cls(
            data={
                "route": (wish.route if wish else Route.MAIL).value,
                "language": citizen.language if citizen.language in i18n.LANGUAGES else "de",
                "leads": [lead.value for lead in leads],
                **{topic.value: "" for topic in CHOSEN},
                **(wish.by_topic if wish else {}),
            }
        )
        return form.offer(citizen)

    def offer(self, citizen: Citizen) -> Self:
        """Ask for the way only where there is a choice."""
        if not (citizen.email and citizen.mobile):
            del self.route
            del self.appointments
            del self.requests
            if self.news:
                self.news.choices = [_AS_EVER, _NOT_AT_ALL]
        return self

    @property
    def topics(self) -> list[ChoiceField]:
        """Return the fields of the topics that can go another way."""
        return [field for field in (self.appointments, self.requests, self.news) if field]

    @property
    def by_topic(self) -> dict[Topic, Route]:
        """Return the ways that were chosen for a topic; a word that is no way is none."""
        return {
            Topic(field.name): Route(field.data)
            for field in self.topics
            if field.data in set(Route)
        }


class DigestForm(PortalForm):
    """When the numbers of the day come by mail."""

    hour = ChoiceField(
        _("Wann soll sie kommen?"),
        [optional()],
        choices=[("", _("Nie")), *((str(hour), _("Um %(hour)s Uhr", hour=hour)) for hour in HOURS)],
    )


class PushForm(PortalForm):
    """Where the push service of a browser is reached; a script fills this in."""

    endpoint = HiddenField(validators=[required(_("Dieser Browser kann nichts melden."))])
    browser_key = HiddenField()
    browser_secret = HiddenField()
    office_key = HiddenField()
