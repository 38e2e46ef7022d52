"""What the administration types about places and rooms."""

from typing import Any

from flask_babel import lazy_gettext as _

from portal.accounts.forms import PortalForm
from portal.calendars.forms import within_reach
from portal.core.fields import CheckboxField, DateField, IntegerField, TextAreaField, TextField
from portal.core.validators import length, optional, required


class PlaceForm(PortalForm):
    """A place, and how people get there."""

    name = TextField(_("Name"), [required(_("Geben Sie einen Namen ein.")), length(at_most=80)])
    address = TextField(
        _("Anschrift"),
        [required(_("Geben Sie die Anschrift ein.")), length(at_most=200)],
        description=_("Zum Beispiel Rathausplatz 1, 35390 Lindenau."),
    )
    directions = TextAreaField(
        _("Weg"),
        [optional(), length(at_most=600)],
        description=_("Haltestelle, Eingang, Aufzug: so, wie man es am Telefon erklärt."),
        render_kw={"rows": 3},
    )
    is_active = CheckboxField(_("In Gebrauch"), default=True)
    is_standard = CheckboxField(_("Standardort, wenn eine Sprechzeit keinen Ort nennt"))


class RoomForm(PortalForm):
    """A room, and who finds room in it."""

    name = TextField(_("Name"), [required(_("Geben Sie einen Namen ein.")), length(at_most=80)])
    talks = IntegerField(
        _("Gespräche zugleich"),
        [required(_("Geben Sie eine Zahl ein."))],
        default=1,
        description=_("Wie viele Termine in diesem Raum nebeneinander gehen."),
    )
    seats = IntegerField(_("Plätze"), [required(_("Geben Sie eine Zahl ein."))])
    is_step_free = CheckboxField(_("Stufenlos zu erreichen"))
    is_active = CheckboxField(_("In Gebrauch"), default=True)


class ClosureForm(PortalForm):
    """Days on which a room cannot be used."""

    first_day = DateField(
        _("Erster Tag"), [required(_("Geben Sie den ersten Tag ein.")), within_reach]
    )
    last_day = DateField(
        _("Letzter Tag"),
        [optional(), within_reach],
        description=_("Nur wenn es mehrere Tage sind."),
    )
    reason = TextField(_("Grund"), [optional(), length(at_most=200)])

    @property
    def closure(self) -> dict[str, Any]:
        """Return what `places.close_room` asks for."""
        given = self.given
        return {**given, "last_day": given["last_day"] or given["first_day"]}
