"""Objections in plain words: the deadline and why, whether the form is met, what is next."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext

from portal.core import clock
from portal.core.templating import day, moment, short_day, short_moment
from portal.decisions import rules, words
from portal.decisions.models import Objection, ObjectionState, WrittenForm
from portal.postbox import deadlines
from portal.postbox import rules as postbox
from portal.postbox.models import Letter


@dataclass(frozen=True)
class Deadline:
    """Until when one can object to a letter, why, and whether that day is over."""

    until: str | None
    why: str
    is_over: bool


def deadline(letter: Letter, *, now: datetime, land: str) -> Deadline:
    """Return the deadline of a letter in words; without a sending none has begun."""
    until = letter.remedy_until or postbox.remedy_until(letter, land=land)
    if until is None:
        return Deadline(None, "", is_over=False)
    why = letter.deadline_reason or deadlines.reason(letter)
    return Deadline(day(until), why, is_over=clock.local_date(now) > until)


@dataclass(frozen=True)
class Standing:
    """Where an objection stands, for who sent it."""

    received: str
    in_time: str
    is_late: bool
    form: str
    is_form_missing: bool
    until: str | None
    why: str | None
    answer: str
    is_answered: bool


def standing(objection: Objection, *, today: date) -> Standing:
    """Say where an objection stands."""
    found = rules.timeliness(objection)
    is_missing = objection.form is WrittenForm.MISSING
    is_over = found.until is not None and is_missing and today > found.until
    return Standing(
        received=moment(clock.local(objection.received_at)),
        in_time=_in_time(objection),
        is_late=found.is_text_late or found.is_form_late or is_over,
        form=str(words.FORMS[objection.form]),
        is_form_missing=is_missing,
        until=day(found.until) if found.until else None,
        why=rules.reasoning_of(objection),
        answer=_answer(objection),
        is_answered=objection.state is ObjectionState.ANSWERED,
    )


def _in_time(objection: Objection) -> str:
    found = rules.timeliness(objection)
    if found.until is None:
        return str(gettext("Ob die Frist eingehalten ist, prüft das Jobcenter."))
    if found.is_text_late:
        return str(
            gettext(
                "Die Frist endete am %(until)s. Ihr Text kam am %(received)s. Er ist trotzdem "
                "gespeichert, und wir prüfen ihn.",
                until=day(found.until),
                received=day(found.received_on),
            )
        )
    return str(gettext("Ihr Text kam vor dem Ende der Frist am %(until)s.", until=day(found.until)))


def _answer(objection: Objection) -> str:
    if objection.state is ObjectionState.ANSWERED and objection.ended_at:
        ended = day(objection.ended_at)
        return str(gettext("Über Ihren Widerspruch ist entschieden, am %(day)s.", day=ended))
    return str(
        gettext(
            "Sie bekommen eine Antwort, spätestens bis %(day)s. Danach können Sie beim "
            "Sozialgericht klagen, weil zu lange nichts geschehen ist (§ 88 SGG).",
            day=day(objection.answer_due_on),
        )
    )


# For the office


def facts(objection: Objection) -> list[dict[str, Any]]:
    """List what the office must know of an objection: each fact of time and form with its why."""
    found = rules.timeliness(objection)
    rows: list[dict[str, Any]] = [
        {"term": gettext("Person"), "value": objection.citizen.name},
        {"term": gettext("Akte"), "value": objection.case.file_reference},
        {
            "term": gettext("Gegen"),
            "value": _against(objection),
        },
        {"term": gettext("Text eingegangen"), "value": short_moment(objection.received_at)},
        {
            "term": gettext("Frist"),
            "value": short_day(found.until)
            if found.until
            else gettext("Nicht berechnet: Der Bescheid ist nicht aus dem Portal."),
            "note": rules.reasoning_of(objection),
        },
        *_before(objection),
        {
            "term": gettext("Text in der Frist"),
            "value": _yes(None if found.until is None else not found.is_text_late),
        },
        {
            "term": gettext("Form (§ 84 SGG)"),
            "value": str(words.FORMS[objection.form]),
            "note": gettext(
                "%(on)s, vermerkt von %(name)s",
                on=short_day(objection.form_met_on),
                name=objection.form_noted_by_name,
            )
            if objection.form_met_on
            else None,
        },
        {
            "term": gettext("Form in der Frist"),
            "value": _yes(
                None if found.until is None or found.form_met_on is None else not found.is_form_late
            ),
        },
        {
            "term": gettext("Antwort fällig"),
            "value": short_day(objection.answer_due_on),
            "note": gettext("Drei Monate nach dem Eingang (§ 88 Absatz 2 SGG)."),
        },
    ]
    if objection.is_reinstated is not None:
        rows.append(
            {
                "term": gettext("Wiedereinsetzung"),
                "value": _yes(objection.is_reinstated),
                "note": objection.reinstated_why,
            }
        )
    return rows


def said(objection: Objection) -> list[dict[str, Any]]:
    """Say what the person is against and why, in their own words; needs the answers loaded."""
    answers = objection.application.sent_answers or {}
    scope = gettext("Die ganze Entscheidung")
    if answers.get("wid_scope") == "part":
        scope = str(answers.get("wid_part") or gettext("Einen Teil, ohne Angabe welchen"))
    reasons = answers.get("wid_reasons") or gettext("Noch keine Gründe")
    rows = [
        {"term": gettext("Nicht einverstanden mit"), "value": scope},
        {"term": gettext("Gründe"), "value": str(reasons)},
    ]
    if answers.get("wid_urgent_hardship"):
        rows.append({"term": gettext("Notlage"), "value": gettext("Ja, sagt die Person")})
    if answers.get("wid_file_access"):
        rows.append({"term": gettext("Akteneinsicht"), "value": gettext("Ist gewünscht")})
    return rows


def _before(objection: Objection) -> list[dict[str, Any]]:
    """Say which day stood there when the objection came, where a later one counts now."""
    if objection.until is None or objection.until == rules.until_of(objection):
        return []
    return [
        {
            "term": gettext("Frist, als der Widerspruch kam"),
            "value": short_day(objection.until),
            "note": objection.reasoning,
        }
    ]


def _against(objection: Objection) -> str:
    letter = objection.letter
    if letter is None:
        return str(gettext("Einen Bescheid, den die Person selbst nennt (steht in den Antworten)"))
    return f"{letter.subject}, {short_day(letter.written_at)}"


def _yes(known: bool | None) -> str:  # noqa: FBT001 (a fact, not a switch)
    if known is None:
        return str(gettext("Noch nicht zu sagen"))
    return str(gettext("Ja") if known else gettext("Nein"))


def letter_address(objection: Objection) -> str | None:
    """Return the staff page of the letter that an objection is against."""
    return url_for("staff_postbox.show", id=objection.letter_id) if objection.letter_id else None
