"""What is asked about absences and conflicts of interest."""

from collections.abc import Iterable
from datetime import date
from typing import Self

from flask_babel import lazy_gettext as _

from portal.accounts.forms import PortalForm
from portal.accounts.models import Citizen, StaffMember
from portal.core.fields import ChoiceField, DateField, SelectField, TextAreaField
from portal.core.validators import length, optional, required
from portal.office.models import ConflictKind

KIND_NAMES = {
    ConflictKind.OWN: _("Es ist meine eigene Akte"),
    ConflictKind.RELATIVE: _("Es ist die Akte von Angehörigen"),
    ConflictKind.CLOSE: _("Ich stehe der Person nahe oder liege mit ihr im Streit"),
}


class SubstitutionForm(PortalForm):
    """Who is away, who stands in, from when until when."""

    absent = SelectField(_("Wer ist abwesend?"))
    substitute = SelectField(
        _("Wer vertritt?"), [required(_("Wählen Sie, wer die Vertretung übernimmt."))]
    )
    first_day = DateField(_("Erster Tag"), [required(_("Geben Sie den ersten Tag an."))])
    last_day = DateField(_("Letzter Tag"), [required(_("Geben Sie den letzten Tag an."))])

    def offer(self, absent: Iterable[StaffMember], substitutes: Iterable[StaffMember]) -> Self:
        """Offer these people."""
        self.absent.choices = [(str(one.id), one.name) for one in absent]
        self.substitute.choices = [
            ("", _("Bitte wählen")),
            *((str(one.id), f"{one.name} ({one.team.name})") for one in substitutes),
        ]
        return self

    @property
    def days(self) -> dict[str, date]:
        """Return the first and the last day of a form that is valid."""
        return {"first_day": self.given["first_day"], "last_day": self.given["last_day"]}


class ReleaserForm(PortalForm):
    """Who releases what the own leads may not, from when, and until when if ever."""

    deputy = SelectField(_("Wer gibt dann frei?"), [required(_("Wählen Sie, wer freigeben soll."))])
    first_day = DateField(_("Ab wann?"), [required(_("Geben Sie den ersten Tag an."))])
    last_day = DateField(
        _("Bis wann?"), [optional()], description=_("Leer lassen: bis Sie es beenden.")
    )

    def offer(self, people: Iterable[StaffMember]) -> Self:
        """Offer these people of other teams."""
        self.deputy.choices = [
            ("", _("Bitte wählen")),
            *((str(one.id), f"{one.name} ({one.team.name})") for one in people),
        ]
        return self


class ConflictForm(PortalForm):
    """Whose file it is, how close one stands, and what else there is to say."""

    citizen = ChoiceField(_("Um wen geht es?"), [required(_("Wählen Sie, um wen es geht."))])
    kind = ChoiceField(
        _("Wie stehen Sie zu der Person?"),
        [required(_("Wählen Sie, was zutrifft."))],
        choices=[(kind.value, name) for kind, name in KIND_NAMES.items()],
    )
    reason = TextAreaField(
        _("Was sollte Ihre Teamleitung wissen?"),
        [optional(), length(at_most=600)],
        description=_("Nur so viel, wie nötig ist. Das Feld darf leer bleiben."),
        render_kw={"rows": 2},
    )

    def offer(self, people: Iterable[Citizen]) -> Self:
        """Offer the people of the file."""
        self.citizen.choices = [(str(one.id), one.name) for one in people]
        return self

    @property
    def chosen_kind(self) -> ConflictKind:
        """Return the kind."""
        return ConflictKind(self.kind.data)
