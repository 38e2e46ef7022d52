"""What the administration types: shape only; who may do what stands in `accounts.staffing`."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from portal.accounts import staffing, words
from portal.accounts.forms import PortalForm
from portal.accounts.models import Right, Role, Team
from portal.accounts.rules import roles_with
from portal.administration.queries import Filters
from portal.administration.rules import State
from portal.core.errors import InvalidInput
from portal.core.fields import ChoicesField, EmailField, SelectField, TextField
from portal.core.validators import Validator, email, optional, required

STATE_NAMES = {
    State.ACTIVE: _("aktiv"),
    State.INVITED: _("eingeladen"),
    State.KEYLESS: _("kein zweiter Schlüssel"),
    State.DEACTIVATED: _("deaktiviert"),
}


def line(name: str) -> Validator:
    """Ask for one visible line, as long as `staffing.LONGEST` lets `name` be."""

    def check(_form: Any, field: Any) -> None:
        try:
            staffing.check_line(field.data, field=name)
        except InvalidInput as error:
            raise ValidationError(error.message) from error

    return check


class FilterForm(FlaskForm):
    """What the list is narrowed to; nothing is checked: a wrong value filters nothing."""

    class Meta:
        """A GET form changes nothing and needs no token."""

        csrf = False

    team = SelectField(_("Team"))
    rolle = SelectField(
        _("Rolle"),
        choices=[("", _("Alle")), *((role.value, name) for role, name in words.ROLES.items())],
    )
    stand = SelectField(
        _("Stand"),
        choices=[("", _("Alle")), *((state.value, name) for state, name in STATE_NAMES.items())],
    )
    suche = TextField(_("Name"))

    def offer(self, teams: Iterable[Team]) -> "FilterForm":
        """Offer these teams."""
        self.team.choices = [("", _("Alle"), {}), *((str(t.id), t.name, {}) for t in teams)]
        return self


def filters_from(arguments: Any) -> Filters:
    """Read the filters of an address; what cannot be read does not filter."""

    def one_of(kind: Any, name: str) -> Any:
        value = arguments.get(name, "")
        return kind(value) if value in set(kind) else None

    return Filters(
        team_id=arguments.get("team", type=UUID),
        role=one_of(Role, "rolle"),
        state=one_of(State, "stand"),
        words="".join(s for s in arguments.get("suche", "")[:100] if s.isprintable()).strip(),
    )


def arguments_of(filters: Filters) -> dict[str, str]:
    """Write the filters as they stand in an address."""
    given = {
        "team": str(filters.team_id or ""),
        "rolle": filters.role.value if filters.role else "",
        "stand": filters.state.value if filters.state else "",
        "suche": filters.words,
    }
    return {name: value for name, value in given.items() if value}


def sentence_of(role: Role) -> str:
    """Say what a role allows and what it asks for."""
    allowed = words.what_role_allows(role)
    return f"{allowed} {words.needs_passkey()}" if role in roles_with(Right.ADMINISTER) else allowed


class _RolesField(ChoicesField):
    """The roles, each with the sentence of what it allows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        offered = [
            (role.value, name, {"hint": sentence_of(role)}) for role, name in words.ROLES.items()
        ]
        super().__init__(*args, choices=offered, **kwargs)

    @property
    def roles(self) -> list[Role]:
        """Return what was chosen."""
        return [Role(value) for value in self.data or ()]


def _roles() -> _RolesField:
    return _RolesField(_("Rollen"), [required(_("Wählen Sie mindestens eine Rolle."))])


class DetailsForm(PortalForm):
    """Name and how to reach somebody who works here."""

    first_name = TextField(
        _("Vorname"), [required(_("Geben Sie den Vornamen ein.")), line("first_name")]
    )
    last_name = TextField(
        _("Nachname"), [required(_("Geben Sie den Nachnamen ein.")), line("last_name")]
    )
    email = EmailField(
        _("Dienstliche E-Mail-Adresse"),
        [required(_("Geben Sie die E-Mail-Adresse ein.")), email(), line("email")],
        render_kw={"autocomplete": "off"},
    )
    phone = TextField(
        _("Telefon"), [optional(), line("phone")], render_kw={"inputmode": "tel", "width": "20"}
    )
    room = TextField(_("Raum"), [optional(), line("room")], render_kw={"width": "10"})


class PlaceForm(PortalForm):
    """Team and roles."""

    team = SelectField(_("Team"), [required(_("Wählen Sie ein Team."))])
    roles = _roles()

    def offer(self, teams: Iterable[Team]) -> "PlaceForm":
        """Offer these teams."""
        self.team.choices = [(str(team.id), team.name, {}) for team in teams]
        return self


class InviteForm(DetailsForm):
    """Everything about somebody new; the team is one that is there, or a new one."""

    team = SelectField(_("Team"))
    new_team = TextField(
        _("Neues Team"),
        [optional(), line("team")],
        description=_("Nur, wenn das Team in der Liste fehlt."),
    )
    roles = _roles()

    def offer(self, teams: Iterable[Team]) -> "InviteForm":
        """Offer these teams, or none of them."""
        self.team.choices = [
            ("", _("Bitte wählen"), {}),
            *((team.name, team.name, {}) for team in teams),
        ]
        return self

    def validate_team(self, field: Any) -> None:
        """Ask for one team: chosen or new."""
        if not field.data and not self.new_team.data:
            raise ValidationError(str(_("Wählen Sie ein Team, oder geben Sie ein neues ein.")))
        if field.data and self.new_team.data:
            raise ValidationError(
                str(_("Wählen Sie ein Team, oder geben Sie ein neues ein. Nicht beides."))
            )

    @property
    def given(self) -> dict[str, Any]:
        """Return what `add_staff` asks for."""
        return {
            "first_name": self.first_name.data,
            "last_name": self.last_name.data,
            "email": self.email.data,
            "phone": self.phone.data or None,
            "room": self.room.data or None,
            "team": self.new_team.data or self.team.data,
            "roles": self.roles.roles,
        }


class TeamForm(PortalForm):
    """The name of a team."""

    team = TextField(_("Name des Teams"), [required(_("Geben Sie einen Namen ein.")), line("team")])
