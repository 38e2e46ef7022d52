"""Decisions as pages show them: rows of lists, the letter before it goes out, plain words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.applications.models import Application
from portal.applications.wording import OUTCOME_WORDS
from portal.core import clock
from portal.core.errors import PortalError
from portal.core.templating import day, short_day, short_moment
from portal.decisions import items, law, letters, months, queries, rules, service, words
from portal.decisions.models import Decision, Ruling
from portal.decisions.months import Span
from portal.postbox import addressing, paper
from portal.postbox import shown as postbox
from portal.postbox.models import Letter, Way


def of_staff(found: Iterable[Decision]) -> list[dict[str, Any]]:
    """Write decisions for a table of the office."""
    return [
        {
            "person": one.citizen.name,
            "what": {
                "label": words.RULINGS[one.ruling] if one.ruling else gettext("Noch offen"),
                "href": url_for("staff_decisions.check", id=one.id),
            },
            "prepared": f"{short_moment(one.prepared_at)}, {one.prepared_by.name}",
            "released": one.released_by.name if one.released_by else None,
            "state": {
                "label": words.STATES[one.state],
                "tone": words.STATE_TONES[one.state],
            },
            "issued": short_day(one.issued_at) if one.issued_at else None,
        }
        for one in found
    ]


def subject_address(decision: Decision) -> str:
    """Return the staff page of what is decided on."""
    if decision.objection_id is not None:
        return url_for("staff_objections.show", id=decision.application_id)
    return url_for("staff_applications.show", id=decision.application_id)


def values(decision: Decision, *, form: str) -> list[dict[str, str]]:
    """List the placeholders with what they stand for here."""
    return [
        {"term": f"{{{{ {name} }}}}", "value": value or "–"}
        for name, value in letters.values(decision, form=form).items()
    ]


@dataclass(frozen=True)
class CheckView:
    """A decision before it goes out: its letter, what is missing, what is unusual, who releases."""

    words: Markup | None
    missing: str | None
    hints: list[str]
    release_why: list[str]
    asked: str | None
    facts: list[dict[str, Any]]


def check(session: Session, decision: Decision, *, signed_by: str, now: datetime) -> CheckView:
    """Gather what the page before the letter shows; of an issued one the letter as it went out."""
    if decision.letter is not None:
        return CheckView(paper.words(decision.letter), None, [], [], None, facts(decision))
    missing, text = None, None
    try:
        service.check_ready(session, decision=decision, now=now)
        text = paper.words(preview(session, decision, signed_by=signed_by, now=now))
        text = text.replace(f"{paper.SHORT_PATH}/0", f"{paper.SHORT_PATH}/…")  # drawn when written
    except PortalError as error:
        missing = error.message
    today = clock.local_date(now)
    why = decision.release_why or rules.release_reasons(decision, today=today)
    asked = _asked(session, decision, now=now) if why else None
    return CheckView(text, missing, rules.hints(decision), why, asked, facts(decision))


def _asked(session: Session, decision: Decision, *, now: datetime) -> str:
    """Say who releases a decision, or that nobody may."""
    item = queries.release_item(session, decision_id=decision.id)
    if item is not None and item.assignee is not None:
        due = short_day(item.due_on) if item.due_on else None
        name = item.assignee.name
        if due:
            return str(gettext("Liegt bei %(name)s, fällig am %(day)s.", name=name, day=due))
        return str(gettext("Liegt bei %(name)s.", name=name))
    found = items.who_releases(session, decision, now=now)
    if found is None:
        return str(
            gettext(
                "Im ganzen Haus darf niemand freigeben, der nicht selbst mitgearbeitet hat. Die "
                "Verwaltung muss jemanden dafür einsetzen."
            )
        )
    return str(words.RELEASERS[found.place] % {"name": found.member.name})


def preview(session: Session, decision: Decision, *, signed_by: str, now: datetime) -> Letter:
    """Return the letter of a decision as it would be written now; it is not kept."""
    if decision.ruling is None:
        return Letter()
    rule = law.RULINGS[decision.ruling]
    to = addressing.route(session, kind=rule.letter, citizen=decision.citizen, now=now)
    return Letter(
        number=0,
        kind=rule.letter,
        subject=letters.subject(decision, form=service.form_title(session, decision)),
        template=rule.template,
        template_version=rule.version,
        content={
            **service.content_of(session, decision=decision),
            **to.content(decision.citizen),
        },
        written_at=now,
        written_by_name=decision.prepared_by.name,
        signed_by_name=signed_by,
        way=to.way,
    )


def facts(decision: Decision) -> list[dict[str, Any]]:
    """List what the office knows of a decision beside its letter."""
    spans = months.spans(decision.amounts)
    rows = [
        (gettext("Person"), decision.citizen.name),
        (gettext("Akte"), decision.case.file_reference),
        (
            gettext("Entscheidung"),
            str(words.RULINGS[decision.ruling]) if decision.ruling else gettext("Noch offen"),
        ),
        (gettext("Zeitraum"), period(decision)),
        (
            gettext("Im Monat"),
            " · ".join(_in_words(one) for one in spans),
        ),
        (
            gettext("Insgesamt"),
            letters.euros(months.total(decision.amounts)) if decision.amounts else "",
        ),
        (
            gettext("Vorbereitet"),
            f"{short_moment(decision.prepared_at)}, {decision.prepared_by.name}",
        ),
        (
            gettext("Freigegeben"),
            f"{short_moment(decision.released_at)}, {decision.released_by.name}"
            if decision.released_by and decision.released_at
            else "",
        ),
        (
            gettext("Zurückgegeben"),
            f"{short_moment(decision.returned_at)}, {decision.returned_by_name}: "
            f"{decision.returned_why}"
            if decision.returned_at
            else "",
        ),
        (gettext("Anhörung"), words.hearing(decision.hearing) if decision.hearing else ""),
        (
            gettext("Keine Anhörung"),
            str(words.NO_HEARING[decision.no_hearing]) if decision.no_hearing else "",
        ),
        (
            gettext("Auf die Folge hingewiesen"),
            f"{short_day(decision.warned_on)}, Frist bis {short_day(decision.warned_until)}"
            if decision.warned_on and decision.warned_until
            else "",
        ),
    ]
    return [{"term": term, "value": value} for term, value in rows if value]


def _in_words(span: Span) -> str:
    return f"{letters.span_words(span)}: {letters.euros(span.total)}"


def period(decision: Decision) -> str:
    """Write the award: from when to when."""
    if decision.award_from is None or decision.award_until is None:
        return ""
    return str(
        gettext(
            "%(first)s bis %(last)s",
            first=short_day(decision.award_from),
            last=short_day(decision.award_until),
        )
    )


# For who the decision is about


def of_citizen(found: Iterable[Decision]) -> list[dict[str, Any]]:
    """Write decisions for the list of a citizen."""
    return [
        {
            "title": one.letter.subject,
            "href": url_for("decisions.show", id=one.id),
            "hint": gettext("Vom %(day)s", day=day(one.letter.written_at)),
            "status": words.DECIDED[one.ruling],
            "tone": words.TONES[one.ruling],
        }
        for one in found
        if one.letter and one.ruling
    ]


def before(found: Iterable[Application]) -> list[dict[str, Any]]:
    """Write applications that were decided before decisions had pages of their own."""
    return [
        {
            "title": gettext("Nummer %(number)s", number=one.number),
            "href": url_for("applications.show", id=one.id),
            "hint": gettext("Vom %(day)s", day=day(one.decided_at)) if one.decided_at else None,
            "status": OUTCOME_WORDS[one.outcome] if one.outcome else None,
            "tone": "neutral",
        }
        for one in found
    ]


@dataclass(frozen=True)
class PlainView:
    """A decision in plain words: what, how much, from when to when, what to do, until when."""

    title: str
    what: str
    money: list[dict[str, Any]]
    period: str
    provisional: str | None
    next: list[str]
    counting: list[dict[str, Any]]
    until: str | None
    can_object: bool


def plain(decision: Decision, *, land: str, can_object: bool) -> PlainView:
    """Say a decision in plain words; the letter says it in full."""
    if decision.letter is None or decision.ruling is None:
        raise ValueError("only what went out is told")
    letter, spans = decision.letter, months.spans(decision.amounts)
    counting = postbox.counting(letter, land=land)
    return PlainView(
        title=str(words.DECIDED[decision.ruling]),
        what=_what(decision),
        money=[
            {"what": letters.span_words(one), "amount": letters.euros(one.total)} for one in spans
        ],
        period=_from_to(decision),
        provisional=gettext(
            "Die Entscheidung ist vorläufig. Später rechnen wir noch einmal genau. Dann bekommen "
            "Sie Geld dazu oder müssen etwas zurückzahlen."
        )
        if decision.is_provisional
        else None,
        next=_next(decision, letter),
        counting=counting,
        until=day(letter.remedy_until) if letter.remedy_until else None,
        can_object=can_object,
    )


_WHAT: dict[Ruling, LazyString] = {
    Ruling.GRANTED: lazy_gettext("Wir bewilligen, was Sie beantragt haben."),
    Ruling.PARTLY_GRANTED: lazy_gettext(
        "Wir bewilligen einen Teil von dem, was Sie beantragt haben."
    ),
    Ruling.REJECTED: lazy_gettext("Wir lehnen Ihren Antrag ab."),
    Ruling.WITHHELD: lazy_gettext("Sie bekommen das Geld erst, wenn Sie nachreichen, was fehlt."),
    Ruling.DEFERRED: lazy_gettext("Wir können noch nicht entscheiden. Ihr Antrag bleibt bestehen."),
    Ruling.REMEDIED: lazy_gettext("Sie haben Recht bekommen. Wir ändern unsere Entscheidung."),
    Ruling.PARTLY_REMEDIED: lazy_gettext("Sie haben zum Teil Recht bekommen."),
    Ruling.REFUSED: lazy_gettext("Wir bleiben bei unserer Entscheidung."),
}


def _what(decision: Decision) -> str:
    return str(_WHAT[decision.ruling]) if decision.ruling else ""


def _from_to(decision: Decision) -> str:
    if decision.award_from is None or decision.award_until is None:
        return ""
    return str(
        gettext(
            "Von %(first)s bis %(last)s.",
            first=day(decision.award_from),
            last=day(decision.award_until),
        )
    )


def _next(decision: Decision, letter: Letter) -> list[str]:
    found = [
        gettext("Lesen Sie den ganzen Bescheid. Dort stehen alle Gründe."),
    ]
    if decision.amounts:
        found.append(
            gettext("Ändert sich etwas, zum Beispiel das Einkommen? Sagen Sie es uns sofort.")
        )
    if letter.way is Way.PRINT:
        found.append(gettext("Den Bescheid bekommen Sie auch mit der Post."))
    return found
