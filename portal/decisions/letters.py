"""What the letters of decisions are made of: plain values, dates and amounts in German words.

The words stand in versioned templates in `templates/letters/`; a change of them is a new version.
"""

from datetime import date
from typing import Any

from flask_babel import force_locale, format_currency, format_date, gettext

from portal.applications.models import Application
from portal.core import clock
from portal.core.templating import day
from portal.decisions import blocks, law, months, rules
from portal.decisions.blocks import Block
from portal.decisions.models import Decision, Ruling
from portal.decisions.months import Span
from portal.postbox.law import KINDS, Remedy, term
from portal.postbox.models import Letter

PATH = "/bescheide"

SUBJECTS: dict[Ruling, str] = {
    Ruling.GRANTED: "Bewilligung: %(form)s",
    Ruling.PARTLY_GRANTED: "Teilweise Bewilligung: %(form)s",
    Ruling.REJECTED: "Ablehnung: %(form)s",
    Ruling.WITHHELD: "Versagung: %(form)s",
    Ruling.DEFERRED: "Zwischennachricht: %(form)s",
    Ruling.REMEDIED: "Abhilfe auf Ihren Widerspruch",
    Ruling.PARTLY_REMEDIED: "Widerspruchsbescheid",
    Ruling.REFUSED: "Widerspruchsbescheid",
}
PROVISIONAL_SUBJECT = "Vorläufige Bewilligung: %(form)s"


def subject(decision: Decision, *, form: str) -> str:
    """Return what stands above the letter."""
    if decision.ruling is None:
        return form
    words = SUBJECTS[decision.ruling]
    if decision.is_provisional and decision.ruling in {Ruling.GRANTED, Ruling.PARTLY_GRANTED}:
        words = PROVISIONAL_SUBJECT
    return words % {"form": form}


def euros(cents: int) -> str:
    """Write an amount: 1.033,00 €."""
    return str(format_currency(cents / 100, "EUR"))


def month(first: date) -> str:
    """Write a month: Dezember 2026."""
    return str(format_date(first, "MMMM y"))


def span_words(span: Span) -> str:
    """Write months that read alike: Dezember 2026 bis Mai 2027."""
    if span.first == span.last:
        return month(span.first)
    return str(gettext("%(first)s bis %(last)s", first=month(span.first), last=month(span.last)))


def paragraphs(text: str | None) -> list[str]:
    """Split what was typed into its paragraphs."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def values(decision: Decision, *, form: str) -> dict[str, str | None]:
    """Return what the placeholders of text blocks stand for; None is not known here."""
    application, objection = decision.application, decision.objection
    attacked = objection.letter if objection else None
    return {
        "name": decision.citizen.name,
        "aktenzeichen": decision.case.file_reference,
        "antrag": form,
        "antrag_vom": _sent_on(application),
        "ab": _short(decision.award_from),
        "bis": _short(decision.award_until),
        "aufforderung_vom": _short(decision.warned_on),
        "aufforderung_bis": _short(decision.warned_until),
        "widerspruch_vom": _sent_on(application) if objection else None,
        "bescheid_vom": _short(clock.local_date(attacked.written_at)) if attacked else None,
        "frist_bis": _short(rules.until_of(objection)) if objection else None,
    }


def reasons(decision: Decision, *, form: str) -> list[str]:
    """Return the paragraphs of the reasons: the chosen blocks, filled, then what was typed.

    Raise `InvalidInput` for a block that needs what is not known.
    """
    known = values(decision, form=form)
    filled = [
        blocks.filled(block["text"], known, title=block["title"]) for block in decision.blocks
    ]
    return [line for text in (*filled, decision.reasons) for line in paragraphs(text)]


def content(decision: Decision, *, form: str, court: Block | None = None) -> dict[str, Any]:
    """Return what the letter of a decision says."""
    if decision.ruling is None:
        return {}
    rule = law.RULINGS[decision.ruling]
    with force_locale("de"):
        return {
            "path": f"{PATH}/{decision.id}",
            "ruling": decision.ruling.value,
            "form": form,
            "sent_on": _sent_on(decision.application),
            "award_from": _day(decision.award_from),
            "award_until": _day(decision.award_until),
            "spans": [_span(span) for span in months.spans(decision.amounts)],
            "is_provisional": decision.is_provisional,
            "provisional_why": paragraphs(decision.provisional_why),
            "basis": decision.legal_basis,
            "reasons": reasons(decision, form=form),
            "discretion": paragraphs(decision.discretion),
            "heard": _heard(decision),
            "term": _term(KINDS[rule.letter].remedy, is_abroad=decision.is_abroad),
            "attacked": _attacked(decision.objection.letter if decision.objection else None),
            "court": paragraphs(court.text) if court else [],
        }


def _span(span: Span) -> dict[str, Any]:
    return {
        "months": span_words(span),
        "total": euros(span.total),
        "shares": [{"person": person, "amount": euros(cents)} for person, cents in span.shares],
    }


def _term(remedy: Remedy | None, *, is_abroad: bool) -> str | None:
    """Say within which time one can act, as an instruction says it."""
    if remedy is None:
        return None
    count = term(remedy, is_instructed=True, is_abroad=is_abroad).months
    return "eines Monats" if count == 1 else "von drei Monaten"


def _attacked(letter: Letter | None) -> str | None:
    return f"„{letter.subject}“ vom {letter.written_at:%d.%m.%Y}" if letter else None


def _heard(decision: Decision) -> str | None:
    """Say whether somebody was heard before, if the decision takes something away."""
    if not decision.is_intrusive:
        return None
    if decision.hearing is not None:
        asked = _short(clock.local_date(decision.hearing.asked_at))
        return f"Wir haben Sie mit Schreiben vom {asked} angehört (§ 24 SGB X)."
    if decision.no_hearing is not None:
        return f"Von einer Anhörung haben wir abgesehen ({law.NO_HEARING[decision.no_hearing]})."
    return None


def _sent_on(application: Application) -> str | None:
    sent = application.submitted_at
    return _short(clock.local_date(sent)) if sent else None


def _day(known: date | None) -> str | None:
    return day(known) if known else None


def _short(known: date | None) -> str | None:
    return f"{known:%d.%m.%Y}" if known else None
