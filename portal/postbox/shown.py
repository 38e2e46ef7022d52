"""Letters as rows of lists, and the facts of a delivery in words."""

import itertools
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.core import clock
from portal.core.templating import day, moment, short_day, short_moment
from portal.postbox import law, rules
from portal.postbox.law import Remedy, Term
from portal.postbox.models import (
    Arrival,
    Basis,
    Letter,
    LetterDeadline,
    LetterKind,
    LetterReturn,
    PrintReason,
    Way,
)
from portal.postbox.rules import Delivery, Stand

KINDS: dict[LetterKind, LazyString] = {
    LetterKind.INVITATION: lazy_gettext("Einladung"),
    LetterKind.SUMMONS: lazy_gettext("Meldeaufforderung"),
    LetterKind.HEARING: lazy_gettext("Anhörung"),
    LetterKind.DECISION: lazy_gettext("Bescheid"),
    LetterKind.INTERIM: lazy_gettext("Zwischennachricht"),
    LetterKind.OBJECTION_RULING: lazy_gettext("Widerspruchsbescheid"),
}

STEPS: dict[LetterKind, LazyString] = {
    LetterKind.INVITATION: lazy_gettext("Zeit aussuchen oder absagen"),
    LetterKind.SUMMONS: lazy_gettext("Zum Termin, oder Grund nennen"),
    LetterKind.HEARING: lazy_gettext("Antworten"),
    LetterKind.DECISION: lazy_gettext("Kurz erklärt"),
    LetterKind.INTERIM: lazy_gettext("Kurz erklärt"),
    LetterKind.OBJECTION_RULING: lazy_gettext("Kurz erklärt"),
}
"""What a reader can do about a letter, as the words of its button."""

REMEDIES: dict[Remedy, LazyString] = {
    Remedy.OBJECTION: lazy_gettext("Widerspruch möglich bis"),
    Remedy.COURT: lazy_gettext("Klage möglich bis"),
}

WAYS: dict[Way, LazyString] = {
    Way.PORTAL: lazy_gettext("Im Portal, mit Nachricht"),
    Way.PRINT: lazy_gettext("Mit der Post"),
}

PRINT_REASONS: dict[PrintReason, LazyString] = {
    PrintReason.NO_CONSENT: lazy_gettext("Keine Einwilligung in Briefe im Portal"),
    PrintReason.NO_ADDRESS: lazy_gettext("Keine E-Mail-Adresse und kein Handy"),
    PrintReason.BOUNCED: lazy_gettext("Nachricht kam nicht an"),
    PrintReason.NOT_VIEWED: lazy_gettext("Im Portal nicht geöffnet"),
    PrintReason.REPRESENTED: lazy_gettext("Jemand vertritt die Person"),
    PrintReason.RETURNED: lazy_gettext("Brief kam zurück"),
}

STANDS: dict[Stand, LazyString] = {
    Stand.BEING_MADE: lazy_gettext("Wird geschrieben"),
    Stand.TO_PRINT: lazy_gettext("Zu drucken"),
    Stand.PRINTED: lazy_gettext("Gedruckt, nicht abgeschickt"),
    Stand.POSTED: lazy_gettext("Mit der Post abgeschickt"),
    Stand.HELD_BACK: lazy_gettext("Zurückgenommen"),
    Stand.RETURNED: lazy_gettext("Kam von der Post zurück"),
    Stand.PROVIDED: lazy_gettext("Im Portal, nicht geöffnet"),
    Stand.VIEWED: lazy_gettext("Im Portal geöffnet"),
}

TONES: dict[Stand, str] = {
    Stand.BEING_MADE: "neutral",
    Stand.TO_PRINT: "warning",
    Stand.PRINTED: "warning",
    Stand.POSTED: "info",
    Stand.HELD_BACK: "neutral",
    Stand.RETURNED: "danger",
    Stand.PROVIDED: "info",
    Stand.VIEWED: "success",
}


def of_citizen(letters: Iterable[Letter]) -> list[dict[str, Any]]:
    """Write letters for the list of a citizen."""
    return [
        {
            "title": letter.subject,
            "href": url_for("postbox.show", id=letter.id),
            "meta": gettext("Vom %(day)s", day=day(letter.written_at)),
            **_new(letter),
        }
        for letter in letters
    ]


def _new(letter: Letter) -> dict[str, Any]:
    if letter.first_viewed_at is None:
        return {"status": gettext("Neu"), "tone": "info"}
    return {}


def of_staff(letters: Iterable[Letter]) -> list[dict[str, Any]]:
    """Write letters for a table of the office."""
    return [
        {
            "subject": {
                "label": letter.subject,
                "href": url_for("staff_postbox.show", id=letter.id),
            },
            "person": letter.citizen.name,
            "reference": letter.case.file_reference,
            "written": short_moment(letter.written_at),
            "way": WAYS[letter.way],
            "why": PRINT_REASONS[letter.print_reason] if letter.print_reason else None,
            "since": short_day(letter.print_asked_at) if letter.print_asked_at else None,
            "state": {
                "label": STANDS[rules.stand_of(letter)],
                "tone": TONES[rules.stand_of(letter)],
            },
            "counts": short_day(counted.day) if (counted := rules.delivery(letter)) else None,
        }
        for letter in letters
    ]


def reasoning(counted: Delivery) -> str:
    """Say why a letter counts from this day, with each step of the rule."""
    sent = day(counted.sent_on)
    if counted.by_arrival:
        return str(
            gettext(
                "Der Brief ging am %(sent)s zur Post in ein anderes Land. Dort zählt der Tag, an "
                "dem er ankam: %(came)s (%(source)s).",
                sent=sent,
                came=day(counted.day),
                source=counted.source,
            )
        )
    if counted.deemed is not None:
        return _came_later(counted, counted.deemed)
    if counted.opened is not None:
        return _came_back(counted, counted.opened)
    if counted.way is Way.PORTAL:
        sentence = gettext(
            "Die Nachricht über den Brief ging am %(sent)s hinaus. Der Brief gilt am %(days)d. Tag "
            "danach als bekannt gegeben (%(source)s).",
            sent=sent,
            days=counted.days,
            source=counted.source,
        )
    else:
        sentence = gettext(
            "Der Brief ging am %(sent)s zur Post. Er gilt am %(days)d. Tag danach als bekannt "
            "gegeben (%(source)s).",
            sent=sent,
            days=counted.days,
            source=counted.source,
        )
    moved = gettext(
        "Der Tag verschiebt sich nicht, auch wenn er auf ein Wochenende oder einen Feiertag fällt."
    )
    chosen = (
        [
            gettext(
                "Im Portal war der Brief bis dahin nicht geöffnet. Zu Gunsten der Person zählt die "
                "Post."
            )
        ]
        if counted.for_reader
        else []
    )
    if counted.bounced:
        chosen = [
            gettext(
                "Die Nachricht über den Brief im Portal kam nicht an, und dort war er bis dahin "
                "nicht geöffnet. Deshalb zählt die Post."
            )
        ]
    return " ".join([sentence, *chosen, moved])


def _came_back(counted: Delivery, opened: date) -> str:
    """Say why the opening counts where the letter or its notice came back."""
    first = gettext("Die Nachricht über den Brief kam nicht an.")
    if counted.returned:
        first = gettext("Der Brief kam von der Post zurück.")
    rule = gettext(
        "Dann zählt der Tag, an dem der Brief im Portal geöffnet wurde: %(opened)s (%(source)s).",
        opened=day(opened),
        source=law.ARRIVAL_IN_PORTAL,
    )
    sooner = (
        [
            gettext(
                "Zu Gunsten der Person zählt er nicht früher als am %(days)d. Tag nach dem "
                "Absenden der Nachricht: %(day)s.",
                days=counted.days,
                day=day(counted.day),
            )
        ]
        if counted.day > opened
        else []
    )
    return " ".join([first, rule, *sooner])


def _came_later(counted: Delivery, deemed: date) -> str:
    if counted.way is Way.PORTAL:
        return str(
            gettext(
                "Die Nachricht über den Brief ging am %(sent)s hinaus, er hätte am %(deemed)s als "
                "bekannt gegeben gegolten. Sie kam nicht oder erst später an. Dann zählt der Tag, "
                "an dem der Brief im Portal geöffnet wurde: %(came)s (%(source)s).",
                sent=day(counted.sent_on),
                deemed=day(deemed),
                came=day(counted.day),
                source=law.ARRIVAL_IN_PORTAL,
            )
        )
    return str(
        gettext(
            "Der Brief ging am %(sent)s zur Post, er hätte am %(deemed)s als bekannt gegeben "
            "gegolten. Er kam erst später an. Dann zählt der Tag, an dem er ankam: %(came)s "
            "(%(source)s).",
            sent=day(counted.sent_on),
            deemed=day(deemed),
            came=day(counted.day),
            source=law.ARRIVAL,
        )
    )


def facts(letter: Letter, *, land: str) -> list[dict[str, Any]]:
    """List every fact of a delivery that there is, for the office; what follows from them first."""
    rows = [
        (gettext("Zeichen"), letter.reference),
        (gettext("Geschrieben"), _by(letter.written_at, letter.written_by_name)),
        (
            gettext("Vorlage"),
            gettext(
                "%(kind)s, Fassung %(number)d",
                kind=KINDS[letter.kind],
                number=letter.template_version,
            ),
        ),
        (gettext("An"), _lines(letter.content["recipient"])),
        (gettext("Kopie an"), " · ".join(_lines(one) for one in letter.content.get("copies", ()))),
        (gettext("Weg"), str(WAYS[letter.way])),
        (
            gettext("Einwilligung"),
            gettext(
                "Fassung %(number)d vom %(moment)s",
                number=letter.consent.version,
                moment=short_moment(letter.consent.given_at),
            )
            if letter.consent
            else gettext("Keine"),
        ),
        (gettext("In der Akte"), _at(letter.filed_at)),
        (gettext("Im Portal bereitgestellt"), _at(letter.provided_at)),
        (gettext("Nachricht abgesandt"), _at(letter.notified_at)),
        (gettext("Nummer der Nachricht"), str(letter.notification_id or "–")),
        (gettext("Nachricht fehlgeschlagen"), letter.failure or "–"),
        (gettext("Zweite Nachricht"), _at(letter.second_asked_at)),
        (gettext("Zuerst geöffnet"), _by(letter.first_viewed_at, letter.first_viewed_by_name)),
        (gettext("Gespeichert"), _at(letter.downloaded_at)),
        (
            gettext("Zum Drucken"),
            f"{_at(letter.print_asked_at)}: {PRINT_REASONS[letter.print_reason]}"
            if letter.print_reason
            else "–",
        ),
        (gettext("Gedruckt"), _by(letter.printed_at, letter.printed_by_name)),
        (
            gettext("Zur Post gegeben"),
            f"{short_day(letter.posted_on)}, {letter.posted_by_name}" if letter.posted_on else "–",
        ),
        (gettext("Zurückgenommen"), _by(letter.held_back_at, letter.held_back_by_name)),
        (gettext("Gezeichnet"), letter.signed_by_name or "–"),
        (
            gettext("Siegel"),
            letter.seal or (gettext("Ohne Siegel") if letter.signed_by_name else "–"),
        ),
        (gettext("Frist festgehalten"), _at(letter.deadline_at)),
    ]
    found: list[dict[str, Any]] = [
        {"term": term, "value": value} for term, value in rows if value not in {"", "–"}
    ]
    return counting(letter, land=land) + found


def counting(letter: Letter, *, land: str) -> list[dict[str, Any]]:
    """Say from which day the letter counts and until when one can object, and why."""
    counted = rules.delivery(letter)
    if counted is None:
        why = (
            gettext(
                "Der Brief ging zur Post in ein anderes Land. Dort zählt der Tag, an dem er "
                "ankommt (%(source)s).",
                source=law.ARRIVAL_ABROAD,
            )
            if rules.counts_by_arrival(letter)
            else _why_not_yet(letter)
        )
        return [
            {
                "term": gettext("Gilt als bekannt gegeben"),
                "value": gettext("Noch nicht"),
                "note": why,
            }
        ]
    found = [
        {
            "term": gettext("Gilt als bekannt gegeben"),
            "value": day(counted.day),
            "note": reasoning(counted),
        }
    ]
    until, term = rules.remedy_until(letter, land=land), rules.term_of(letter)
    if until and term:
        found.append(
            {
                "term": REMEDIES[law.KINDS[letter.kind].remedy or Remedy.OBJECTION],
                "value": day(until),
                "note": term_reasoning(term),
            }
        )
    return found


def _why_not_yet(letter: Letter) -> str | None:
    if letter.returned_on is not None:
        return str(
            gettext(
                "Der Brief kam am %(day)s von der Post zurück. Er ist nicht bekannt gegeben, und "
                "keine Frist läuft, bis er ankommt.",
                day=short_day(letter.returned_on),
            )
        )
    if not rules.waits_for_opening(letter):
        return None
    return str(
        gettext(
            "Die Nachricht über den Brief kam nicht an. Es zählt der Tag, an dem er im Portal "
            "geöffnet wird (%(source)s), oder die Post.",
            source=law.ARRIVAL_IN_PORTAL,
        )
    )


def term_reasoning(term: Term) -> str:
    """Say how long a remedy is open, by what, and what moves its end."""
    length = ngettext(
        "Ein Monat nach der Bekanntgabe (%(source)s).",
        "%(num)d Monate nach der Bekanntgabe (%(source)s).",
        term.months,
        source=term.source,
    )
    why = (
        [gettext("Die Belehrung darüber fehlt oder ist falsch. Deshalb ist es ein Jahr.")]
        if term == law.WITHOUT_INSTRUCTION
        else []
    )
    moved = gettext(
        "Endet die Frist an einem Wochenende oder Feiertag, zählt der nächste Werktag (§ 64 "
        "Absatz 3 SGG)."
    )
    return " ".join([length, *why, moved])


def earlier(letter: Letter, found: Iterable[LetterDeadline]) -> list[dict[str, Any]]:
    """List the answers before the one of today: until when each was shown, and why it was so."""
    remedy, known = law.KINDS[letter.kind].remedy, list(found)
    rows = []
    for after, one in itertools.pairwise(known):
        until = (
            [f"{REMEDIES[remedy]} {day(one.remedy_until)}"] if remedy and one.remedy_until else []
        )
        rows.append(
            {
                "term": gettext("Bis %(moment)s galt", moment=short_moment(after.settled_at)),
                "value": ". ".join(
                    [gettext("Bekannt gegeben am %(day)s", day=day(one.counts_from)), *until]
                ),
                "note": one.reason,
            }
        )
    return rows


def arrivals(found: Iterable[Arrival]) -> list[dict[str, Any]]:
    """List what was said about the day on which a letter came."""
    return [
        {
            "term": gettext("Gesagt")
            if one.basis is Basis.TOLD
            else gettext("Vom Jobcenter eingetragen"),
            "value": gettext("Angekommen am %(day)s", day=day(one.arrived_on)),
            "note": ". ".join(
                part for part in (_by(one.said_at, one.said_by_name), one.words or "") if part
            ),
        }
        for one in found
    ]


def returns(found: Iterable[LetterReturn]) -> list[dict[str, Any]]:
    """List each posting of a letter that came back."""
    return [
        {
            "term": gettext("Kam zurück"),
            "value": gettext(
                "Am %(back)s, abgeschickt am %(sent)s",
                back=day(one.returned_on),
                sent=day(one.posted_on),
            ),
            "note": f"{one.words}. {_by(one.noted_at, one.noted_by_name)}",
        }
        for one in found
    ]


def of_reader(letter: Letter) -> str:
    """Say to the citizen how this letter reaches them."""
    if letter.returned_on is not None and letter.held_back_at is None:
        return str(
            gettext(
                "Die Post hat uns diesen Brief zurückgebracht. Bitte prüfen Sie Ihre Anschrift. "
                "Hier können Sie ihn schon lesen."
            )
        )
    if letter.content.get("copies"):
        return str(
            gettext(
                "Dieser Brief geht mit der Post an %(name)s, eine Kopie an %(copies)s. Hier sehen "
                "Sie ihn schon.",
                name=letter.content["recipient"]["name"],
                copies=", ".join(one["name"] for one in letter.content["copies"]),
            )
        )
    if letter.way is Way.PRINT or (letter.print_asked_at and not letter.first_viewed_at):
        return str(gettext("Diesen Brief bekommen Sie mit der Post. Hier sehen Sie ihn schon."))
    return str(gettext("Sie bekommen diesen Brief hier im Portal."))


def consent_rows(consents: Iterable[Any]) -> list[dict[str, Any]]:
    """List what a citizen agreed to and took back."""
    return [
        {
            "what": gettext("Fassung %(number)d", number=consent.version),
            "given": _by(consent.given_at, consent.given_by_name),
            "withdrawn": _by(consent.withdrawn_at, consent.withdrawn_by_name),
        }
        for consent in consents
    ]


def _lines(to: dict[str, str | None]) -> str:
    """Write an address in one line."""
    city = " ".join(one for one in (to["postcode"], to["city"]) if one)
    return ", ".join(one for one in (to["name"], to["street"], city) if one)


def _at(at: datetime | None) -> str:
    return moment(clock.local(at)) if at else "–"


def _by(at: datetime | None, name: str | None) -> str:
    return f"{short_moment(at)}, {name}" if at else "–"
