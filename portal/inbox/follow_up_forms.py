"""What is asked about a Wiedervorlage."""

from flask_babel import lazy_gettext as _

from portal.accounts.forms import PortalForm
from portal.core.fields import ChoiceField, DateField, TextAreaField
from portal.core.validators import length, required
from portal.inbox.models import LONGEST_NOTE

PRIVATE, TEAM = "private", "team"


class FollowUpForm(PortalForm):
    """The day, the note, and who sees it."""

    day = DateField(_("Wann?"), [required(_("Geben Sie den Tag an."))])
    note = TextAreaField(
        _("Worum geht es?"),
        [required(_("Schreiben Sie, worum es geht.")), length(at_most=LONGEST_NOTE)],
        render_kw={"rows": 3},
    )
    seen_by = ChoiceField(
        _("Wer sieht es?"),
        [required(_("Wählen Sie, wer es sieht."))],
        choices=[
            (TEAM, _("Mein Team")),
            (PRIVATE, _("Nur ich und wer mich vertritt")),
        ],
        default=TEAM,
        description=_("Bleibt es liegen, sieht es am Ende auch die Teamleitung."),
    )

    @property
    def is_private(self) -> bool:
        """Tell whether the team does not see it."""
        return bool(self.seen_by.data == PRIVATE)


class LaterForm(PortalForm):
    """Another day for the same thing."""

    day = DateField(_("Auf welchen Tag?"), [required(_("Geben Sie den Tag an."))])
