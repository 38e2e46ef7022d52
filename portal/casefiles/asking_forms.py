"""What is typed when evidence is asked for and answered: the shape of input, not the law."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Self
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Form, FormField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from portal.accounts.forms import PortalForm
from portal.accounts.models import Citizen
from portal.casefiles import kinds, law, months
from portal.casefiles.models import Document, DocumentKind, EvidenceAnswer
from portal.casefiles.wishes import Wish
from portal.core.fields import (
    ChoiceField,
    ChoicesField,
    DateField,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.core.templating import day, short_day

MONTHS_BACK, MONTHS_AHEAD = 36, 6
LONGEST_WORDS = 600
ON_PAPER = "paper"

TOO_LONG = lazy_gettext("Der Text darf 600 Zeichen haben.")


class PickForm(FlaskForm):
    """Of whom and what: the first step of asking. It is sent as an address."""

    class Meta:
        csrf = False

    person = ChoiceField(lazy_gettext("Von wem?"))
    art = ChoicesField(
        lazy_gettext("Was brauchen Sie?"),
        description=lazy_gettext("Kreuzen Sie an, was Sie auf einmal anfordern."),
        choices=lambda: [(kind.value, kinds.NAMES[kind]) for kind in kinds.HANDED_IN],
        validators=[DataRequired(lazy_gettext("Wählen Sie aus, was Sie brauchen."))],
    )

    def offer(self, people: Sequence[Citizen]) -> Self:
        """Offer the people of the case."""
        self.person.choices = [(str(one.id), one.name) for one in people]
        return self

    @property
    def chosen(self) -> list[DocumentKind]:
        """Return the kinds that were ticked."""
        return [DocumentKind(kind) for kind in self.art.data or ()]


class AskForm(PortalForm):
    """Whom it is about and until when; `ask_form` adds the part of each paper."""

    about = ChoiceField(lazy_gettext("Um wen geht es?"))
    due_on = DateField(
        lazy_gettext("Bis wann?"),
        validators=[DataRequired(lazy_gettext("Geben Sie ein Datum an."))],
    )

    def offer(self, people: Sequence[Citizen]) -> Self:
        """Offer the people of the case; where there is one, nobody is asked."""
        if len(people) > 1:
            self.about.choices = [(str(one.id), one.name) for one in people]
        else:
            del self.about
        return self

    @property
    def about_id(self) -> str | None:
        """Return whom it is about."""
        return self.about.data if self.about else None

    def wishes(self, chosen: Iterable[DocumentKind]) -> list[Wish]:
        """Return what is asked for, as it was typed."""
        return [_wish(kind, self._fields[kind.value].form) for kind in chosen]


def _wish(kind: DocumentKind, typed: Any) -> Wish:
    return Wish(
        kind=kind,
        why=(typed.why.data or "").strip() or kinds.usual_why(kind),
        title=typed.title.data or "",
        legal_basis=typed.basis.data or law.usual_basis(kind),
        months_from=_month(typed.months_from),
        months_until=_month(typed.months_until),
    )


def _month(field: Any) -> date | None:
    return date.fromisoformat(field.data) if field.data else None


def ask_form(chosen: Sequence[DocumentKind], *, today: date) -> type[AskForm]:
    """Return the form that asks for papers of these kinds, with one part for each."""
    parts = {kind.value: FormField(_part(today), kinds.NAMES[kind]) for kind in chosen}
    return type("AskForPapers", (AskForm,), parts)


def _part(today: date) -> type[Form]:
    known = [
        (month.isoformat(), months.name(month))
        for month in months.around(today, back=MONTHS_BACK, ahead=MONTHS_AHEAD)
    ]
    choices = [("", gettext("kein Monat")), *known]

    class Part(Form):
        """One paper: its name, why, by what law, for which months."""

        title = TextField(
            lazy_gettext("Bezeichnung"),
            description=lazy_gettext("Zum Beispiel: Kontoauszüge vom Girokonto"),
            validators=[
                Optional(),
                Length(max=80, message=lazy_gettext("Die Bezeichnung darf 80 Zeichen haben.")),
            ],
        )
        why = TextAreaField(
            lazy_gettext("Warum brauchen Sie es?"),
            validators=[Optional(), Length(max=LONGEST_WORDS, message=TOO_LONG)],
            render_kw={"rows": 3},
        )
        basis = SelectField(lazy_gettext("Rechtsgrundlage"), choices=list(law.BASES.items()))
        months_from = SelectField(lazy_gettext("Von Monat"), choices=choices)
        months_until = SelectField(lazy_gettext("Bis Monat"), choices=choices)

        def validate_months_until(self, field: SelectField) -> None:
            """Ask for months in order."""
            if field.data and not self.months_from.data:
                raise ValidationError(gettext("Wählen Sie auch den ersten Monat aus."))
            if field.data and field.data < self.months_from.data:
                raise ValidationError(gettext("Dieser Monat liegt vor dem ersten."))

    return Part


def usual(kind: DocumentKind, *, today: date) -> dict[str, str]:
    """Return what usually stands in the part of a paper: why, by what law, for which months."""
    here = months.first_of(today)
    spans = {
        DocumentKind.BANK_STATEMENTS: (months.shifted(here, -3), months.shifted(here, -1)),
        DocumentKind.PAYSLIPS: (months.shifted(here, -1), months.shifted(here, -1)),
    }
    start, end = spans.get(kind, (None, None))
    return {
        "title": kinds.name_beside_months(kind) if start else "",
        "why": kinds.usual_why(kind),
        "basis": law.usual_basis(kind),
        "months_from": start.isoformat() if start else "",
        "months_until": end.isoformat() if end else "",
    }


class AskAgainForm(PortalForm):
    """Ask once more: with which words, until when."""

    why = TextAreaField(
        lazy_gettext("Was soll die Person wissen?"),
        description=lazy_gettext("Dieser Text ersetzt den bisherigen."),
        validators=[
            DataRequired(lazy_gettext("Schreiben Sie, was Sie brauchen und warum.")),
            Length(max=LONGEST_WORDS, message=TOO_LONG),
        ],
        render_kw={"rows": 3},
    )
    due_on = DateField(
        lazy_gettext("Bis wann?"),
        validators=[DataRequired(lazy_gettext("Geben Sie ein Datum an."))],
    )


# What citizens answer


class SayForm(PortalForm):
    """Answer a request without a paper; each answer asks for what it needs."""

    @property
    def said(self) -> str | None:
        """Return the words that were typed."""
        return None

    @property
    def day(self) -> date | None:
        """Return the day that was named."""
        return None

    @property
    def document_id(self) -> UUID | None:
        """Return the paper that was named."""
        return None


class LaterForm(SayForm):
    """Name the day on which it comes."""

    on = ChoiceField(lazy_gettext("Wann können Sie es abgeben?"))

    def offer(self, days: Sequence[date], *, due_on: date | None) -> Self:
        """Offer days; those beyond the period ask for more time, and say so."""
        more = {"hint": gettext("Dafür brauchen Sie mehr Zeit. Das Jobcenter antwortet Ihnen.")}
        self.on.choices = [
            (one.isoformat(), day(one), more if due_on and one > due_on else {}) for one in days
        ]
        return self

    @property
    def day(self) -> date | None:
        """Return the day that was named."""
        return date.fromisoformat(self.on.data)


class AlreadySentForm(SayForm):
    """Name the own paper that is meant, or say how it went."""

    document = ChoiceField(lazy_gettext("Was haben Sie abgegeben?"))
    words = TextField(
        lazy_gettext("Wann und wo war das?"),
        description=lazy_gettext("Nur wenn Sie es auf Papier abgegeben haben"),
        validators=[Optional(), Length(max=200)],
    )

    def offer(self, documents: Iterable[Document]) -> Self:
        """Offer the own papers, and paper that went another way."""
        self.document.choices = [
            *((str(one.id), f"{one.title}, {short_day(one.received_at)}") for one in documents),
            (ON_PAPER, gettext("Auf Papier, mit der Post oder am Schalter")),
        ]
        if len(self.document.choices) == 1 and not self.is_submitted():
            self.document.data = ON_PAPER
        return self

    def validate_words(self, field: TextField) -> None:
        """Ask when it was, so that it can be found."""
        if self.document.data == ON_PAPER and not field.data:
            raise ValidationError(gettext("Schreiben Sie, wann und wo Sie es abgegeben haben."))

    @property
    def said(self) -> str | None:
        """Return when and where paper was handed in."""
        return self.words.data or None if self.document.data == ON_PAPER else None

    @property
    def document_id(self) -> UUID | None:
        """Return the paper that was named."""
        return None if self.document.data == ON_PAPER else UUID(self.document.data)


class _WordsForm(SayForm):
    """Answer in words."""

    words: Any

    @property
    def said(self) -> str | None:
        """Return the words that were typed."""
        return self.words.data or None


class SomeoneElseForm(_WordsForm):
    """Say who sends it."""

    words = TextField(
        lazy_gettext("Wer schickt es uns?"),
        description=lazy_gettext("Zum Beispiel: mein Vermieter, meine Krankenkasse"),
        validators=[
            DataRequired(lazy_gettext("Schreiben Sie, wer es uns schickt.")),
            Length(max=200),
        ],
    )


class DoNotHaveForm(_WordsForm):
    """Say why it is not there."""

    words = TextAreaField(
        lazy_gettext("Warum haben Sie es nicht?"),
        description=lazy_gettext("Ein Satz genügt. Vielleicht haben Sie etwas Ähnliches?"),
        validators=[
            DataRequired(lazy_gettext("Schreiben Sie kurz, warum Sie es nicht haben.")),
            Length(max=LONGEST_WORDS, message=TOO_LONG),
        ],
        render_kw={"rows": 3},
    )


class AuthorityFetchesForm(_WordsForm):
    """Say where it lies."""

    words = TextField(
        lazy_gettext("Bei welcher Stelle liegt es?"),
        description=lazy_gettext("Zum Beispiel: Familienkasse, Ausländerbehörde"),
        validators=[Optional(), Length(max=200)],
    )


class NotApplicableForm(_WordsForm):
    """Say why it does not apply."""

    words = TextAreaField(
        lazy_gettext("Warum trifft es nicht zu?"),
        description=lazy_gettext("Ein Satz genügt. Zum Beispiel: Ich habe kein Auto mehr."),
        validators=[
            DataRequired(lazy_gettext("Schreiben Sie kurz, warum es nicht zutrifft.")),
            Length(max=LONGEST_WORDS, message=TOO_LONG),
        ],
        render_kw={"rows": 3},
    )


SAYING: Mapping[EvidenceAnswer, type[SayForm]] = {
    EvidenceAnswer.LATER: LaterForm,
    EvidenceAnswer.ALREADY_SENT: AlreadySentForm,
    EvidenceAnswer.SOMEONE_ELSE: SomeoneElseForm,
    EvidenceAnswer.DO_NOT_HAVE: DoNotHaveForm,
    EvidenceAnswer.AUTHORITY_FETCHES: AuthorityFetchesForm,
    EvidenceAnswer.NOT_APPLICABLE: NotApplicableForm,
}
