"""What is typed around guests: whom to invite, and the promise of who comes."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _

from portal.accounts import addresses
from portal.accounts.forms import PortalForm, address_of_person
from portal.consultations import roles
from portal.consultations.guest_models import GuestRole
from portal.core.fields import CheckboxField, ChoiceField, TextField
from portal.core.validators import length, optional, required

NAMES: Mapping[GuestRole, Any] = {
    GuestRole.INTERPRETER: _("Dolmetscherin oder Dolmetscher"),
    GuestRole.COMPANION: _("Begleitung"),
    GuestRole.PARTNER: _("Partnerin oder Partner"),
    GuestRole.COLLEAGUE: _("Fachkraft einer anderen Abteilung"),
    GuestRole.HELPER: _("Stille Begleitung (sieht und hört nur zu)"),
}


def _offer(offered: Sequence[GuestRole]) -> list[tuple[str, Any]]:
    return [(role.value, NAMES[role]) for role in offered]


class InviteForm(PortalForm):
    """Whom a citizen takes along."""

    role = ChoiceField(
        _("Wer soll dabei sein?"),
        choices=_offer(roles.INVITED_BY_CITIZENS),
        default=GuestRole.COMPANION.value,
    )
    called = TextField(
        _("Name der Person"),
        [required(_("Schreiben Sie den Namen der Person.")), length(at_most=80)],
    )
    address = TextField(
        _("E-Mail-Adresse oder Handynummer der Person"),
        [optional(), length(at_most=254), address_of_person()],
        description=_("Dorthin schicken wir den Link. Ohne Adresse zeigen wir ihn Ihnen."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )

    @property
    def wanted_role(self) -> GuestRole:
        """Return the chosen role."""
        return GuestRole(self.role.data)

    @property
    def wanted_address(self) -> str | None:
        """Return where the link goes, as messages are sent there."""
        return addresses.plain(self.address.data) if self.address.data else None


class StaffInviteForm(InviteForm):
    """Whom an officer asks to join."""

    role = ChoiceField(
        _("Als was?"),
        choices=_offer(roles.INVITED_BY_OFFICERS),
        default=GuestRole.INTERPRETER.value,
    )
    address = TextField(
        _("E-Mail-Adresse oder Handynummer der Person"),
        [optional(), length(at_most=254), address_of_person()],
        description=_(
            "Dorthin geht der Link. Ohne Adresse sehen Sie ihn hier. Wer im Haus ein Konto hat,"
            " kommt über „Beratung“ dazu und braucht keinen Link."
        ),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )


class AgreeForm(PortalForm):
    """The name of a guest, and the promise to keep things to themselves."""

    guest_name = TextField(
        _("Ihr Name"),
        [required(_("Schreiben Sie Ihren Namen.")), length(at_most=80)],
        description=_("So sehen die anderen Sie im Gespräch."),
        render_kw={"autocomplete": "name"},
    )
    agreed = CheckboxField(
        _("Ich behalte für mich, was ich in dem Gespräch erfahre."),
        [required(_("Ohne dieses Versprechen können Sie nicht teilnehmen."))],
    )
