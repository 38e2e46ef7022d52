"""What people type on the pages of the digital file: the shape of input, not the law."""

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

from flask import request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.validators import DataRequired, Length, Optional, StopValidation

from portal.accounts.forms import PortalForm
from portal.casefiles import kinds
from portal.casefiles.models import DocumentKind, DocumentState
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
NO_TASK = "none"


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
        """Return all files that come with the form, in the order in which they were picked."""
        return [*(self.files.data or ()), *(self.photos.data or ())]

    @property
    def upload_ids(self) -> list[UUID]:
        """Return the files that were sent before (field `upload`, repeated), in their order."""
        return request.form.getlist("upload", UUID)

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
        count = len(self.picked) + len(self.upload_ids)
        if count == 0:
            raise ValidationError(str(taking.refusal(Fault.NOTHING_PICKED)))
        if count > MAX_FILES:
            raise ValidationError(str(taking.refusal(Fault.TOO_MANY_FILES)))


def _needed_without_task(form: Any, field: Any) -> None:
    """Ask what it is, unless a task says so."""
    if not field.data and form.task_id is None:
        raise StopValidation(gettext("Wählen Sie aus, was für ein Dokument es ist."))


class HandInForm(AnswerForm):
    """Hand in a document that nobody asked for."""

    task = ChoiceField(lazy_gettext("Ist es für eine dieser Aufgaben?"), default=NO_TASK)
    kind = SelectField(
        lazy_gettext("Was geben Sie ab?"),
        choices=lambda: _kind_choices(lazy_gettext("Bitte auswählen")),
        validators=[_needed_without_task],
    )
    title = TextField(
        lazy_gettext("Kurze Bezeichnung"),
        description=lazy_gettext("Zum Beispiel: Lohnabrechnung Oktober"),
        validators=[
            Optional(),
            Length(max=80, message=lazy_gettext("Die Bezeichnung darf 80 Zeichen haben.")),
        ],
    )

    def offer(self, tasks: Sequence[tuple[str, str]], *, best: str | None) -> Self:
        """Offer the open tasks of the person, as id and words; `best` is chosen beforehand."""
        if not tasks:
            del self.task
            return self
        self.task.choices = [*tasks, (NO_TASK, gettext("Nein, etwas anderes"))]
        self.kind.description = gettext("Nur wenn es zu keiner dieser Aufgaben gehört")
        if best and not self.is_submitted():
            self.task.data = best
        return self

    @property
    def task_id(self) -> UUID | None:
        """Return the task that was chosen."""
        chosen = self.task.data if self.task else NO_TASK
        return None if chosen == NO_TASK else UUID(chosen)

    @property
    def document_kind(self) -> DocumentKind | None:
        """Return the chosen kind."""
        return DocumentKind(self.kind.data) if self.kind.data else None

    @property
    def document_title(self) -> str | None:
        """Return the words typed for it, if any."""
        return self.title.data or None


class DocumentsForm(FlaskForm):
    """What the citizen's list is narrowed to; a wrong value filters nothing."""

    class Meta:
        """A GET form changes nothing and needs no token."""

        csrf = False

    stand = SelectField(
        lazy_gettext("Stand"),
        choices=[
            ("", lazy_gettext("Alle")),
            *((state.value, word) for state, word in kinds.STATE_WORDS.items()),
        ],
    )
    art = SelectField(
        lazy_gettext("Art"),
        choices=[
            ("", lazy_gettext("Alle")),
            *((kind.value, name) for kind, name in kinds.NAMES.items()),
        ],
    )

    @property
    def chosen(self) -> dict[str, Any]:
        """Return the state and the kind that were chosen, if any."""
        state, kind = self.stand.data, self.art.data
        return {
            "state": DocumentState(state) if state in set(DocumentState) else None,
            "kind": DocumentKind(kind) if kind in set(DocumentKind) else None,
        }

    @property
    def arguments(self) -> dict[str, str]:
        """Return what was chosen as it stands in an address."""
        chosen = self.chosen
        given = {"stand": chosen["state"], "art": chosen["kind"]}
        return {name: value.value for name, value in given.items() if value}


class CheckReceiptForm(PortalForm):
    """Check a receipt: by its code, by its file, or one of its documents by code and file."""

    code = TextField(
        lazy_gettext("Code der Quittung"),
        [Optional(), Length(max=100)],
        description=lazy_gettext("24 Zeichen. Groß oder klein und mit oder ohne Striche ist egal."),
        render_kw={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"},
    )
    file = FileField(
        lazy_gettext("Datei"),
        description=lazy_gettext(
            "Die Quittung als PDF. Mit dem Code auch ein Dokument, das Sie abgegeben haben. Wir "
            "rechnen nur die Prüfsumme aus. Die Datei wird nicht gespeichert und nicht geöffnet."
        ),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for one of the two."""
        valid = bool(super().validate(extra_validators))
        if not (self.code.data or "").strip() and not self.file.data:
            asked = gettext("Geben Sie den Code ein oder wählen Sie eine Datei aus.")
            self.code.errors = [*self.code.errors, asked]
            return False
        return valid

    @property
    def sha256(self) -> str | None:
        """Return the hash of the file that was sent, if any (`core.hashed`)."""
        return self.file.data.stream.sha256 if self.file.data else None


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
        ready = kinds.REASONS.get(self.reason.data, "")  # own words, or what no form offers
        parts = (str(ready), (self.words.data or "").strip(), kinds.about_pages(self.marked_pages))
        return " ".join(part for part in parts if part)


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
