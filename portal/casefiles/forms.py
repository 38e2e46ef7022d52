"""What people type on the pages of the digital file: the shape of input, not the law."""

from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.validators import DataRequired, Length, Optional

from portal.accounts.forms import PortalForm
from portal.casefiles import kinds
from portal.casefiles.models import DocumentKind
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    DateField,
    FileField,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.papers.limits import ACCEPT, MAX_FILES, Fault
from portal.uploads import taking

OWN_WORDS = "own_words"


def _kind_choices(first: Any) -> list[tuple[str, Any]]:
    return [("", first), *((kind.value, kinds.NAMES[kind]) for kind in kinds.HANDED_IN)]


class AnswerForm(FlaskForm):
    """Hand in what was asked for: only the files are missing."""

    files = FileField(
        lazy_gettext("Dateien auswählen"),
        description=taking.HINT,
        accept=ACCEPT,
        multiple=True,
    )
    photos = FileField(
        lazy_gettext("Oder jetzt fotografieren"),
        accept="image/*",
        multiple=True,
        render_kw={"capture": "environment"},
    )
    together = CheckboxField(
        lazy_gettext("Mehrere Fotos sind die Seiten eines Dokuments"), default=True
    )

    @property
    def picked(self) -> list[Any]:
        """Return all files in the order in which they were picked."""
        return [*(self.files.data or ()), *(self.photos.data or ())]

    @property
    def groups(self) -> list[list[Any]]:
        """Return the files as the documents that they shall become."""
        return taking.grouped(self.picked, together=self.together.data)

    @property
    def document_kind(self) -> DocumentKind | None:
        """Return the chosen kind; an answered request knows it already."""
        return None

    @property
    def document_title(self) -> str | None:
        """Return the words typed for it, if any."""
        return None

    def validate_files(self, field: FileField) -> None:
        """Ask for at least one file, and for no more than one hand-in may have."""
        if not self.picked:
            raise ValidationError(str(taking.refusal(Fault.NOTHING_PICKED)))
        if len(self.picked) > MAX_FILES:
            raise ValidationError(str(taking.refusal(Fault.TOO_MANY_FILES)))


class HandInForm(AnswerForm):
    """Hand in a document that nobody asked for."""

    kind = SelectField(
        lazy_gettext("Was geben Sie ab?"),
        choices=lambda: _kind_choices(lazy_gettext("Bitte auswählen")),
        validators=[DataRequired(lazy_gettext("Wählen Sie aus, was für ein Dokument es ist."))],
    )
    title = TextField(
        lazy_gettext("Kurze Bezeichnung"),
        description=lazy_gettext("Zum Beispiel: Lohnabrechnung Oktober"),
        validators=[
            Optional(),
            Length(max=80, message=lazy_gettext("Die Bezeichnung darf 80 Zeichen haben.")),
        ],
    )

    @property
    def document_kind(self) -> DocumentKind | None:
        """Return the chosen kind."""
        return DocumentKind(self.kind.data)

    @property
    def document_title(self) -> str | None:
        """Return the words typed for it, if any."""
        return self.title.data or None


class RejectForm(FlaskForm):
    """Ask for a document again, with a reason in words the citizen reads."""

    reason = ChoiceField(
        lazy_gettext("Warum noch einmal?"),
        choices=lambda: [
            *kinds.REASONS.items(),
            (OWN_WORDS, lazy_gettext("Anderer Grund, eigene Worte")),
        ],
    )
    words = TextAreaField(
        lazy_gettext("Eigene Worte"),
        description=lazy_gettext(
            "Die Person liest diesen Text. Schreiben Sie kurz und in Sie-Form."
        ),
        validators=[
            Optional(),
            Length(max=600, message=lazy_gettext("Der Text darf 600 Zeichen haben.")),
        ],
        render_kw={"rows": 3},
    )
    pages = ChoicesField(lazy_gettext("Um welche Seiten geht es?"), choices=(), coerce=int)
    due_on = DateField(
        lazy_gettext("Bis wann?"),
        validators=[DataRequired(lazy_gettext("Geben Sie ein Datum an."))],
    )

    def offer(self, page_count: int | None) -> "RejectForm":
        """Let pages be marked, when there are several."""
        several = range(1, (page_count or 0) + 1) if (page_count or 0) > 1 else ()
        self.pages.choices = [(number, str(number)) for number in several]
        return self

    @property
    def marked_pages(self) -> list[int]:
        """Return the numbers of the marked pages, in order."""
        return sorted(self.pages.data or ())

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for words when no ready sentence was chosen."""
        valid = bool(super().validate(extra_validators))
        if self.reason.data == OWN_WORDS and not (self.words.data or "").strip():
            self.words.errors = [gettext("Schreiben Sie den Grund in eigenen Worten.")]
            return False
        return valid

    @property
    def sentence(self) -> str:
        """Return the reason as the citizen will read it: ready sentence, own words, pages."""
        ready = "" if self.reason.data == OWN_WORDS else str(kinds.REASONS[self.reason.data])
        parts = (ready, (self.words.data or "").strip(), kinds.about_pages(self.marked_pages))
        return " ".join(part for part in parts if part)


class AskForm(FlaskForm):
    """Ask a person of the case for a document."""

    owner = ChoiceField(lazy_gettext("Von wem?"))
    kind = SelectField(
        lazy_gettext("Was brauchen Sie?"),
        choices=lambda: _kind_choices(lazy_gettext("Bitte auswählen")),
        validators=[DataRequired(lazy_gettext("Wählen Sie aus, was Sie brauchen."))],
    )
    title = TextField(
        lazy_gettext("Genauer"),
        description=lazy_gettext("Zum Beispiel: Kontoauszüge Juli bis September"),
        validators=[
            Optional(),
            Length(max=80, message=lazy_gettext("Die Bezeichnung darf 80 Zeichen haben.")),
        ],
    )
    why = TextAreaField(
        lazy_gettext("Warum brauchen Sie es?"),
        description=lazy_gettext(
            "Die Person liest diesen Text. Bleibt er leer, schreiben wir den üblichen Satz."
        ),
        validators=[
            Optional(),
            Length(max=600, message=lazy_gettext("Der Text darf 600 Zeichen haben.")),
        ],
        render_kw={"rows": 3},
    )
    due_on = DateField(
        lazy_gettext("Bis wann?"),
        validators=[DataRequired(lazy_gettext("Geben Sie ein Datum an."))],
    )


class EmergencyForm(PortalForm):
    """Which file is needed in an emergency, and why."""

    reference = TextField(
        lazy_gettext("Aktenzeichen"),
        [Optional(), Length(max=40)],
        description=lazy_gettext(
            "Zum Beispiel JC-0010042. Ohne Aktenzeichen: Name und Geburtstag."
        ),
    )
    name = TextField(lazy_gettext("Vorname und Nachname"), [Optional(), Length(max=200)])
    born = DateField(lazy_gettext("Geburtsdatum"), [Optional()], birthday=True)
    reason = TextAreaField(
        lazy_gettext("Was ist der Notfall?"),
        [
            DataRequired(lazy_gettext("Beschreiben Sie den Notfall in einem Satz.")),
            Length(max=600, message=lazy_gettext("Der Text darf 600 Zeichen haben.")),
        ],
        description=lazy_gettext(
            "Mindestens 20 Zeichen. Die Person, der die Akte gehört, kann das lesen."
        ),
        render_kw={"rows": 3},
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for a file reference, or for name and birth date together."""
        valid = bool(super().validate(extra_validators))
        named = (self.name.data or "").strip() and self.born.data
        if not (self.reference.data or "").strip() and not named:
            self.reference.errors = [
                *self.reference.errors,
                gettext("Geben Sie das Aktenzeichen an, oder Name und Geburtsdatum."),
            ]
            return False
        return valid
