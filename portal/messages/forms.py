"""What people type around threads and text blocks: the shape of input, not the law."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Self
from uuid import UUID, uuid4

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from portal.accounts.forms import PortalForm
from portal.accounts.models import Citizen
from portal.casefiles import kinds
from portal.casefiles.models import Document, DocumentKind
from portal.core import clock
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    DateField,
    FileField,
    HiddenField,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.core.templating import short_day
from portal.core.validators import length, optional, required
from portal.invitations.forms import FilesForm
from portal.messages.models import NAME_LIMIT, SUBJECT_LIMIT, TEXT_LIMIT, TextBlock, Topic
from portal.messages.queries import Filters, Stand, View
from portal.papers.limits import ACCEPT

TOPICS = {
    Topic.MONEY: _("Geld, Wohnung, Unterlagen, Bescheide"),
    Topic.WORK: _("Arbeit, Ausbildung, Kurse"),
    Topic.OTHER: _("Etwas anderes"),
}
STANDS = {
    Stand.OPEN: _("Offen"),
    Stand.WAITING: _("Wartet auf Antwort"),
    Stand.CLOSED: _("Abgeschlossen"),
    Stand.ANY: _("Alle"),
}
VIEWS = {View.MINE: _("Meine"), View.ALL: _("Alle, die ich sehen darf")}
_LONG = length(at_most=TEXT_LIMIT, message=_("Bitte schreiben Sie höchstens 4.000 Zeichen."))
_TALL = {"rows": 8}


class _Sent:
    """The key that a page draws, so that two clicks are one message."""

    key: Any

    @property
    def sent_key(self) -> UUID | None:
        """Return the key that came with the form."""
        with suppress(ValueError, TypeError):
            return UUID(str(self.key.data))
        return None


def shown_last(sent: str | None) -> UUID | None:
    """Return the id of the last entry that an open page has shown, if it names one."""
    with suppress(ValueError):
        return UUID(sent or "")
    return None


def new_key() -> str:
    """Draw the key of a page."""
    return str(uuid4())


def _text(label: Any, **more: Any) -> TextAreaField:
    asked = required(_("Schreiben Sie eine Nachricht."))
    return TextAreaField(label, validators=[asked, _LONG], render_kw=_TALL, **more)


def _topic(label: Any) -> ChoiceField:
    return ChoiceField(
        label,
        choices=lambda: [(one.value, word) for one, word in TOPICS.items()],
        validators=[required(_("Wählen Sie, worum es geht."))],
    )


def _subject() -> TextField:
    return TextField(
        _("Betreff"),
        description=_("In wenigen Worten, zum Beispiel: Frage zur Miete"),
        validators=[
            required(_("Sagen Sie kurz, worum es geht.")),
            length(at_most=SUBJECT_LIMIT, message=_("Bitte höchstens 120 Zeichen.")),
        ],
    )


# Citizens


class WriteForm(_Sent, FilesForm):
    """Write to the office about something new."""

    topic = _topic(_("Worum geht es?"))
    subject = _subject()
    text = _text(_("Ihre Nachricht"))
    key = HiddenField()


class ReplyForm(_Sent, FilesForm):
    """Write into a thread."""

    text = _text(_("Ihre Nachricht"))
    key = HiddenField()


# The office


class FilterForm(FlaskForm):
    """What the list is narrowed to; a wrong value filters nothing."""

    class Meta:
        """A GET form changes nothing and needs no token."""

        csrf = False

    suche = TextField(_("Name oder Betreff"))
    ansicht = SelectField(
        _("Wessen"), choices=lambda: [(one.value, word) for one, word in VIEWS.items()]
    )
    stand = SelectField(
        _("Stand"), choices=lambda: [(one.value, word) for one, word in STANDS.items()]
    )

    @property
    def filters(self) -> Filters:
        """Return what was asked for."""
        return Filters(
            view=_one_of(View, self.ansicht.data, View.MINE),
            stand=_one_of(Stand, self.stand.data, Stand.OPEN),
            words=(self.suche.data or "")[:100],
        )


def _one_of(kind: Any, value: str | None, usual: Any) -> Any:
    with suppress(ValueError):
        return kind(value)
    return usual


class _Blocks:
    """A text to write, with text blocks to choose from."""

    block: Any

    def offer_blocks(self, blocks: Iterable[TextBlock]) -> Self:
        """Offer the blocks that somebody can use."""
        self.block.choices = [
            ("", gettext("Baustein wählen")),
            *((str(one.id), one.name) for one in blocks),
        ]
        return self

    @property
    def block_id(self) -> UUID | None:
        """Return the block that was chosen."""
        with suppress(ValueError, TypeError):
            return UUID(str(self.block.data))
        return None


class AnswerForm(_Sent, _Blocks, PortalForm):
    """Write to a citizen in a thread."""

    text = _text(_("Antwort"))
    block = SelectField(_("Textbaustein"), validators=[optional()])
    reply_by = DateField(
        _("Antwort erbeten bis"),
        description=_("Nur wenn Sie eine Antwort brauchen. Auch eine spätere kommt an."),
        validators=[optional()],
    )
    papers = ChoicesField(_("Unterlagen aus der Akte"), validators=[optional()])
    files = FileField(
        _("Dateien von Ihrem Rechner"),
        description=_(
            "Sie kommen zuerst in die Akte der Person und werden geprüft, auch auf Viren. Danach"
            " kann die Person sie öffnen."
        ),
        accept=ACCEPT,
        multiple=True,
    )
    key = HiddenField()

    def offer_papers(self, papers: Sequence[Document]) -> Self:
        """Offer what lies in the file; with several people each paper names whose it is."""
        self._papers = {str(one.id): one for one in papers}
        several = len({one.owner_id for one in papers}) > 1
        self.papers.choices = [
            (id, _named(one, with_owner=several)) for id, one in self._papers.items()
        ]
        return self

    @property
    def chosen_papers(self) -> list[Document]:
        """Return the papers that were chosen."""
        return [self._papers[id] for id in self.papers.data or () if id in self._papers]


def _named(paper: Document, *, with_owner: bool) -> str:
    came = short_day(clock.local_date(paper.received_at))
    owner = f"{paper.owner.name}: " if with_owner else ""
    return f"{owner}{paper.title} ({paper.filename}), {came}"


class StartForm(AnswerForm):
    """Write to a citizen about something new."""

    person = ChoiceField(_("An wen?"), validators=[required(_("Wählen Sie eine Person."))])
    topic = _topic(_("Worum geht es?"))
    subject = _subject()
    text = _text(_("Nachricht"))

    def offer(self, people: Sequence[Citizen]) -> Self:
        """Offer the people of the case."""
        self.person.choices = [(str(one.id), one.name) for one in people]
        if len(people) == 1 and not self.is_submitted():
            self.person.data = str(people[0].id)
        return self


class RemarkForm(PortalForm):
    """Write something for colleagues only."""

    remark = TextAreaField(
        _("Vermerk für Kolleginnen und Kollegen"),
        description=_("Die Person sieht ihn nicht in der Unterhaltung."),
        validators=[required(_("Schreiben Sie etwas.")), _LONG],
        render_kw={"rows": 3},
    )


class PaperForm(PortalForm):
    """Ask for a paper out of a thread."""

    kind = SelectField(
        _("Was brauchen Sie?"),
        choices=lambda: [(kind.value, kinds.NAMES[kind]) for kind in kinds.HANDED_IN],
    )
    why = TextAreaField(
        _("Warum brauchen Sie es?"),
        description=_("Das liest die Person. Ohne Text steht dort der übliche Satz."),
        validators=[optional(), length(at_most=600, message=_("Der Text darf 600 Zeichen haben."))],
        render_kw={"rows": 3},
    )
    due_on = DateField(_("Bis wann?"), validators=[required(_("Geben Sie ein Datum an."))])

    @property
    def chosen(self) -> DocumentKind:
        """Return the kind of paper."""
        return DocumentKind(self.kind.data)


class DeedForm(PortalForm):
    """One click, with its token."""


class BlockForm(PortalForm):
    """A text block."""

    name = TextField(
        _("Name des Bausteins"),
        validators=[
            required(_("Geben Sie einen kurzen Namen ein.")),
            length(at_most=NAME_LIMIT, message=_("Bitte höchstens 60 Zeichen.")),
        ],
    )
    text = TextAreaField(
        _("Text"), validators=[required(_("Schreiben Sie den Text.")), _LONG], render_kw=_TALL
    )
    for_team = CheckboxField(_("Für das ganze Team"))
