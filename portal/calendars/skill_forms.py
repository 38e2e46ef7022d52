"""What a team lead says about the skills of somebody."""

from flask_babel import lazy_gettext as _
from wtforms.validators import Optional

from portal.accounts.forms import PortalForm
from portal.calendars.kind_forms import SPOKEN, TALK_ROLES
from portal.calendars.models import StaffSkills, TalkRole
from portal.core.fields import ChoiceField, ChoicesField

BY_ACCOUNT, WRITTEN = "account", "written"


class SkillsForm(PortalForm):
    """For what and in which languages somebody is asked into a talk."""

    source = ChoiceField(
        _("Woran sieht die Suche, wofür jemand da ist?"),
        choices=[
            (BY_ACCOUNT, _("An der Aufgabe im Konto, auf Deutsch")),
            (WRITTEN, _("An dem, was hier angekreuzt ist")),
        ],
        default=WRITTEN,
    )
    roles = ChoicesField(
        _("Wofür wird die Person in Gespräche geholt?"),
        [Optional()],
        choices=[(role.value, word) for role, word in TALK_ROLES.items()],
        description=_("Ohne Auswahl wird sie nur mit ihrem Namen gefunden."),
    )
    languages = ChoicesField(
        _("Welche Sprachen außer Deutsch?"), [Optional()], choices=list(SPOKEN.items())
    )

    @classmethod
    def of(cls, skills: StaffSkills | None, roles: list[TalkRole]) -> "SkillsForm":
        """Show what is written down, else what follows from the account."""
        if skills is None:
            return cls(formdata=None, data={"source": BY_ACCOUNT, "roles": roles})
        data = {"source": WRITTEN, "roles": skills.roles, "languages": skills.languages}
        return cls(formdata=None, data=data)

    @property
    def is_written(self) -> bool:
        """Tell whether what was ticked counts."""
        return bool(self.source.data == WRITTEN)
