"""What is typed about a case: notes, questions to colleagues, answers."""

from collections.abc import Iterable
from itertools import groupby
from typing import Self
from uuid import UUID

from flask_babel import lazy_gettext as _

from portal.accounts.forms import PortalForm
from portal.accounts.models import StaffMember
from portal.casework.models import TEXT_LIMIT, NoteScope
from portal.casework.rules import Whom
from portal.core.fields import ChoiceField, DateField, HiddenField, SelectField, TextAreaField
from portal.core.validators import length, required

SCOPES = {
    NoteScope.TEAM: _("Alle, die zuständig sind"),
    NoteScope.PRIVATE: _("Nur ich"),
}
_not_too_long = length(
    at_most=TEXT_LIMIT, message=_("Bitte schreiben Sie höchstens 4.000 Zeichen.")
)


class NoteForm(PortalForm):
    """A new note and who reads it."""

    text = TextAreaField(
        _("Notiz"),
        [
            required(_("Schreiben Sie, was Sie festhalten möchten.")),
            _not_too_long,
        ],
        description=_(
            "Nur, was für den Fall nötig ist. Die Person kann Auskunft verlangen und liest die"
            " Notiz dann, auch eine private (Art. 15 DSGVO)."
        ),
        render_kw={"rows": 3},
    )
    scope = ChoiceField(
        _("Wer liest sie?"),
        [required(_("Wählen Sie, wer die Notiz liest."))],
        choices=[(scope.value, name) for scope, name in SCOPES.items()],
    )

    @property
    def chosen_scope(self) -> NoteScope:
        """Return who reads it."""
        return NoteScope(self.scope.data)


class RewriteForm(PortalForm):
    """A note anew; `version` is the one that was read."""

    text = TextAreaField(
        _("Notiz"),
        [
            required(_("Schreiben Sie, was Sie festhalten möchten.")),
            _not_too_long,
        ],
        description=_("Der Text von vorher bleibt als frühere Fassung lesbar."),
        render_kw={"rows": 5},
    )
    version = HiddenField()

    @property
    def read_version(self) -> int:
        """Return the version that was read; 0 for something that is no number."""
        given = self.version.data or ""
        return int(given) if given.isdecimal() and len(given) < 9 else 0


class QuestionForm(PortalForm):
    """Who is asked, what, and until when."""

    whom = SelectField(_("Wen fragen Sie?"), [required(_("Wählen Sie, wen Sie fragen."))])
    question = TextAreaField(
        _("Frage"),
        [required(_("Schreiben Sie Ihre Frage.")), _not_too_long],
        description=_("Wer gefragt ist, sieht die Akte, solange die Frage offen ist."),
        render_kw={"rows": 4},
    )
    due_on = DateField(_("Antwort bis"), [required(_("Nennen Sie den letzten Tag."))])

    def offer(self, people: Iterable[StaffMember]) -> Self:
        """Offer the departments, each followed by its people; they come sorted by team."""
        self.people = {str(one.id): one for one in people}
        choices = [("", _("Bitte wählen"))]
        for team, members in groupby(self.people.values(), key=lambda one: one.team):
            choices.append((_team_key(team.id), _("%(team)s, wer Zeit hat", team=team.name)))
            choices += [(str(one.id), f"{team.name}: {one.name}") for one in members]
        self.whom.choices = choices
        return self

    @property
    def chosen(self) -> Whom:
        """Return who is asked; a department is known by its people."""
        wanted = self.whom.data or ""
        if member := self.people.get(wanted):
            return Whom(member.team, member)
        of_team = (one.team for one in self.people.values() if _team_key(one.team_id) == wanted)
        return Whom(next(of_team))


def _team_key(id: UUID) -> str:
    return f"team-{id}"


class AnswerForm(PortalForm):
    """The answer to a question."""

    answer = TextAreaField(
        _("Ihre Antwort"),
        [required(_("Schreiben Sie Ihre Antwort.")), _not_too_long],
        render_kw={"rows": 5},
    )
