"""What the office types about its forms: shape only."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from portal.accounts.forms import PortalForm
from portal.applications.definitions import Page
from portal.applications.editing.shown import LANGUAGE_NAMES, RIGHT_TO_LEFT, TYPE_NAMES, Wanted
from portal.applications.questions import LANGUAGES
from portal.applications.wording import Wording
from portal.core import cleaning
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    DateField,
    HiddenField,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.core.validators import length, optional, required

OWN_TYPES = ("text", "long_text", "yes_no", "date", "money", "number", "choice")
TYPED_AT_MOST = 10_000


def _words(language: str) -> TextAreaField:
    attributes = {"lang": language, "rows": 4}
    if language in RIGHT_TO_LEFT:
        attributes["dir"] = "rtl"
    return TextAreaField(
        LANGUAGE_NAMES[language], [length(at_most=TYPED_AT_MOST)], render_kw=attributes
    )


class WordsForm(PortalForm):
    """One text in every language; `seen` is the digest of the words it had when it was opened."""

    de = _words("de")
    en = _words("en")
    uk = _words("uk")
    ru = _words("ru")
    ar = _words("ar")
    tr = _words("tr")
    fa = _words("fa")
    seen = HiddenField()

    @property
    def words(self) -> dict[str, str | None]:
        """Return what was typed: one line in each language, nothing where it is empty."""
        typed = {one: cleaning.one_line(getattr(self, one).data or "") for one in LANGUAGES}
        return {language: words or None for language, words in typed.items()}


class OptionalForm(PortalForm):
    """Whether a question must be answered."""

    question = HiddenField()
    optional = HiddenField()

    @property
    def is_optional(self) -> bool:
        """Tell which of the two buttons was pressed."""
        return str(self.optional.data) == "ja"


class TakeOutForm(PortalForm):
    """Which question of the office goes."""

    question = HiddenField()


def _line(label: Any, *, needed: Any = None, hint: Any = "") -> TextField:
    rule = required(needed) if needed else optional()
    return TextField(label, [rule, length(at_most=1500)], description=hint)


class QuestionForm(PortalForm):
    """A simple question that the office adds to a page."""

    type = ChoiceField(
        _("Was wird geantwortet?"),
        [required(_("Wählen Sie, was geantwortet wird."))],
        choices=[(one, TYPE_NAMES[one]) for one in OWN_TYPES],
    )
    label_de = _line(_("Frage auf Deutsch"), needed=_("Schreiben Sie die Frage auf Deutsch."))
    label_en = _line(_("Frage auf Englisch"), needed=_("Schreiben Sie die Frage auf Englisch."))
    hint_de = _line(_("Hinweis auf Deutsch"))
    hint_en = _line(_("Hinweis auf Englisch"))
    why_de = _line(
        _("Warum wir fragen, auf Deutsch"),
        hint=_("Wer gefragt wird, erfährt warum. Leer gilt, was die Seite schon sagt."),
    )
    why_en = _line(_("Warum wir fragen, auf Englisch"))
    options = TextAreaField(
        _("Antworten zur Auswahl"),
        [optional(), length(at_most=TYPED_AT_MOST)],
        description=_(
            "Nur für „eine Antwort aus mehreren“. Eine Zeile für jede Antwort, erst Deutsch, dann"
            " Englisch, getrennt durch einen senkrechten Strich: Ja, täglich | Yes, every day"
        ),
        render_kw={"rows": 5},
    )
    after = SelectField(_("Wo auf der Seite?"))
    optional = CheckboxField(_("Die Antwort ist freiwillig"), default=True)

    def offer(self, page: Page, say: Wording) -> Self:
        """Offer the places on this page."""
        behind = [
            (one.id, _("hinter „%(question)s“", question=say.text(one.label)))
            for one in page.questions
        ]
        self.after.choices = [("", _("am Ende der Seite")), *behind]
        return self

    @property
    def question(self) -> dict[str, Any]:
        """Return the question as a definition; what is incomplete is left to the service."""
        made: dict[str, Any] = {"type": self.type.data, "optional": bool(self.optional.data)}
        for name in ("label", "hint", "why"):
            given = {one: (getattr(self, f"{name}_{one}").data or "") for one in ("de", "en")}
            if any(given.values()):
                made[name] = given
        if self.type.data == "choice":
            made["options"] = [
                {"id": f"o{number}", "label": label}
                for number, label in enumerate(_options(self.options.data or ""), 1)
            ]
        return made


def _options(typed: str) -> list[Mapping[str, str]]:
    lines = [line.partition("|") for line in typed.splitlines() if line.strip()]
    return [{"de": de.strip(), "en": en.strip()} for de, _bar, en in lines]


class RevisionForm(PortalForm):
    """What is decided, and on which state of it."""

    revision = HiddenField()

    @property
    def seen(self) -> int:
        """Return the number of the state that was shown; a forged one fits none."""
        typed = str(self.revision.data or "")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else -1


class SubmitForm(RevisionForm):
    """What a change is about, why, and from when it is to hold."""

    title = TextField(
        _("Worum geht es?"),
        [required(_("Sagen Sie in wenigen Worten, worum es geht.")), length(at_most=160)],
    )
    why = TextAreaField(
        _("Warum ist die Änderung nötig?"),
        [required(_("Schreiben Sie, warum die Änderung nötig ist.")), length(at_most=2000)],
        description=_("Wer freigibt, liest das zuerst."),
        render_kw={"rows": 3},
    )
    valid_from = DateField(_("Gilt ab"), [required(_("Geben Sie den ersten Tag an."))])

    @property
    def first_day(self) -> date:
        """Return the day of a form that is valid."""
        day: date = self.given["valid_from"]
        return day


class PublishForm(RevisionForm):
    """The approval, with a remark if there is one to make."""

    note = TextAreaField(_("Anmerkung"), [optional(), length(at_most=2000)], render_kw={"rows": 2})


class RejectForm(RevisionForm):
    """The refusal; it needs a reason."""

    note = TextAreaField(
        _("Was soll anders werden?"),
        [required(_("Schreiben Sie kurz, was anders werden soll.")), length(at_most=2000)],
        render_kw={"rows": 3},
    )


class TextsForm(FlaskForm):
    """Which texts of a form are listed."""

    suche = TextField(_("Suchen nach"), [length(at_most=200)])
    zeige = SelectField(
        _("Zeigen"),
        choices=[
            ("", _("alle Texte")),
            ("geaendert", _("nur geänderte")),
            *((one, _("ohne %(language)s", language=LANGUAGE_NAMES[one])) for one in LANGUAGES[2:]),
        ],
    )

    def wanted(self, part: str) -> Wanted:
        """Return the filter; an unknown word filters nothing."""
        known = {"geaendert", *LANGUAGES[2:]}
        only = self.zeige.data if self.zeige.data in known else ""
        return Wanted(part, (self.suche.data or "")[:200], only or "")
