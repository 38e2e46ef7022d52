"""What staff say of pages from the scanner: whose they are and what they are."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms.validators import DataRequired, Length, Optional

from portal.accounts.forms import PortalForm
from portal.casefiles import kinds
from portal.casefiles.models import Case, EvidenceRequest
from portal.core.fields import ChoiceField, SelectField, TextField

NO_REQUEST = ""


class AssignForm(PortalForm):
    """Give pages to a person."""

    owner = ChoiceField(lazy_gettext("Wem gehören die Seiten?"))
    pages = TextField(
        lazy_gettext("Welche Seiten?"),
        [Optional(), Length(max=100)],
        description=lazy_gettext("Zum Beispiel 1-3. Bleibt das Feld leer, sind es alle."),
    )
    request = SelectField(lazy_gettext("Antwort auf eine Anforderung?"))
    kind = SelectField(
        lazy_gettext("Was ist es?"),
        [DataRequired(lazy_gettext("Wählen Sie aus, was für ein Dokument es ist."))],
        choices=lambda: [(kind.value, kinds.NAMES[kind]) for kind in kinds.HANDED_IN],
    )
    title = TextField(
        lazy_gettext("Kurze Bezeichnung"),
        [
            Optional(),
            Length(max=80, message=lazy_gettext("Die Bezeichnung darf 80 Zeichen haben.")),
        ],
    )

    def offer(self, cases: list[Case], requests: list[EvidenceRequest]) -> "AssignForm":
        """Offer the people of the cases found, and what is open of them."""
        self.owner.choices = [
            (str(member.citizen_id), f"{member.citizen.name}, {case.file_reference}")
            for case in cases
            for member in case.members
        ]
        open_ones: list[tuple[str, Any]] = [(str(asked.id), asked.title) for asked in requests]
        self.request.choices = [(NO_REQUEST, lazy_gettext("Nein")), *open_ones]
        return self
