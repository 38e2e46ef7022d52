"""How cases, documents and deeds are put into the rows that the components of a page take."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.audit.models import Event
from portal.audit.shown import who
from portal.casefiles import deeds, kinds, months, receipts, waiting, walls
from portal.casefiles.models import Case, CaseAccess, Document, EvidenceRequest, HandIn
from portal.casefiles.suggesting import Suggestion
from portal.core.templating import day, moment, short_day, short_moment, size

Row = dict[str, Any]

OVERVIEW = "staff_casework.overview"
"""Where a case begins: the room lies above, so its page stands here by name."""


def papers(documents: Iterable[Document]) -> list[Row]:
    """Write the citizen's documents, for `document_list`."""
    return [_paper(document) for document in documents]


def _paper(document: Document) -> Row:
    first = document.is_prepared and document.page_count
    return {
        "title": document.title,
        "href": url_for("casefiles.document", id=document.id),
        "meta": " · ".join(part for part in (_arrived(document), _pages(document)) if part),
        "thumbnail": url_for("casefiles.thumbnail", id=document.id, number=1) if first else None,
        "status": None if document.from_office else kinds.word_of(document),
        "tone": kinds.tone_of(document),
    }


def _arrived(document: Document) -> str:
    on = day(document.received_at)
    if document.from_office:
        return str(gettext("Vom Jobcenter am %(day)s", day=on))
    return str(gettext("Abgegeben am %(day)s", day=on))


def _pages(document: Document) -> str:
    if not document.page_count:
        return ""
    return str(ngettext("%(num)d Seite", "%(num)d Seiten", document.page_count))


def hand_ins(found: Iterable[HandIn]) -> list[Row]:
    """Write the citizen's hand-ins, for `document_list`."""
    return [
        {
            "title": moment(hand_in.at),
            "href": url_for("hand_ins.show", id=hand_in.id),
            "meta": " · ".join((in_numbers(hand_in), str(kinds.CHANNELS[hand_in.channel]))),
        }
        for hand_in in found
    ]


def in_numbers(hand_in: HandIn) -> str:
    """Say how much came with a hand-in: 3 Dokumente, 7 Seiten."""
    documents = len(hand_in.manifest["documents"])
    pages = receipts.pages_in(hand_in)
    return ", ".join(
        (
            str(ngettext("%(num)d Dokument", "%(num)d Dokumente", documents)),
            str(ngettext("%(num)d Seite", "%(num)d Seiten", pages)),
        )
    )


def hand_in_details(hand_in: HandIn) -> list[Row]:
    """Write when, how and by whom something was handed in, for `description_list`."""
    return [
        {"term": gettext("Eingegangen"), "value": moment(hand_in.at)},
        {"term": gettext("Umfang"), "value": in_numbers(hand_in)},
        {"term": gettext("Abgegeben von"), "value": hand_in.by_name},
        {"term": gettext("Auf welchem Weg"), "value": kinds.CHANNELS[hand_in.channel]},
    ]


def pictures(document: Document, *, endpoint: str) -> list[Row]:
    """Write the pages of a document, for `page_pictures`."""
    return [
        {
            "src": url_for(endpoint, id=document.id, number=page.number),
            "width": page.width,
            "height": page.height,
            "number": page.number,
        }
        for page in document.pages
    ]


def details(document: Document) -> list[Row]:
    """Write what a document is, for `description_list`."""
    on = gettext("Vom Jobcenter am") if document.from_office else gettext("Abgegeben am")
    return [
        {"term": gettext("Art"), "value": kinds.NAMES[document.kind]},
        {"term": on, "value": moment(document.received_at)},
        *([{"term": gettext("Umfang"), "value": _pages(document)}] if document.page_count else []),
        *_about(document),
        *_files(document),
    ]


def _about(document: Document) -> list[Row]:
    """Write whom a document concerns, where somebody is named, and which months."""
    rows: list[Row] = []
    if document.about:
        rows.append({"term": gettext("Für wen"), "value": document.about.name})
    if span := months.in_words(document.months_from, document.months_until):
        rows.append({"term": gettext("Zeitraum"), "value": span})
    return rows


def handed_in(hand_in: HandIn) -> list[Row]:
    """Write with which hand-in a document came and where its receipt is, for the citizen."""
    return [
        {
            "term": gettext("Aus welcher Abgabe"),
            "value": moment(hand_in.at),
            "change_href": url_for("hand_ins.show", id=hand_in.id),
            "change_label": gettext("Quittung ansehen"),
        }
    ]


def proof(document: Document) -> list[Row]:
    """Write by what anyone can see later that a document is the one that arrived."""
    return [{"term": gettext("Prüfsumme (SHA-256)"), "value": document.sha256}]


def _files(document: Document) -> list[Row]:
    several = len(document.originals) > 1
    return [
        {
            "term": gettext("Foto %(number)s", number=original.number)
            if several
            else gettext("Datei"),
            "value": f"{original.filename}, {size(original.size)}",
        }
        for original in document.originals
    ]


def staff_details(document: Document, task: EvidenceRequest | None) -> list[Row]:
    """Write what staff need beside the pages of a document, for `description_list`."""
    rows = [{"term": gettext("Person"), "value": document.owner.name}, *details(document)]
    if hand_in := document.hand_in:
        way = f"{short_moment(hand_in.at)}, {kinds.CHANNELS[hand_in.channel]}, {hand_in.by_name}"
        rows.append({"term": gettext("Abgabe"), "value": way})
        rows.append({"term": gettext("Quittung"), "value": hand_in.code})
    if document.request:
        asked = document.request
        answer = gettext(
            "%(title)s, angefordert am %(day)s von %(name)s",
            title=asked.title,
            day=short_day(asked.asked_at),
            name=asked.asked_by_name,
        )
        rows.append({"term": gettext("Antwort auf"), "value": answer})
    if document.decided_by and document.decided_at:
        decided = f"{short_moment(document.decided_at)}, {document.decided_by.name}"
        rows.append({"term": gettext("Entschieden"), "value": decided})
    if document.reason:
        rows.append({"term": gettext("Grund"), "value": document.reason})
    if document.finding:
        rows.append({"term": gettext("Virenprüfung"), "value": document.finding})
    if task and task.due_on:
        rows.append({"term": gettext("Neu angefordert bis"), "value": day(task.due_on)})
    return rows


WHOSE: dict[waiting.Whose, LazyString] = {
    waiting.Whose.ALL: lazy_gettext("Alle"),
    waiting.Whose.MINE: lazy_gettext("Meine"),
    waiting.Whose.TEAM: lazy_gettext("Mein Team"),
}


def in_a_row(document: Document, arguments: Mapping[str, Any]) -> str:
    """Return the page of a waiting document that leads on to the next one of the same list."""
    on = url_for("staff_casefiles.next_waiting", nach=document.id, **dict(arguments))
    return url_for("staff_casefiles.document", id=document.id, next=on)


def waiting_rows(
    documents: Sequence[Document],
    suggestions: Mapping[UUID, Suggestion],
    *,
    next_arguments: Mapping[str, Any],
) -> list[Row]:
    """Write what waits, with what is suggested for it and why, for `waiting_list`."""
    return [
        {
            "id": document.id,
            "href": in_a_row(document, next_arguments),
            "thumbnail": url_for("staff_casefiles.thumbnail", id=document.id, number=1),
            "title": document.title,
            "person": document.owner.name,
            "case": document.case.file_reference,
            "received": short_moment(document.received_at),
            **_suggested(suggestions[document.id], document.case),
        }
        for document in documents
    ]


def _suggested(suggestion: Suggestion, case: Case) -> Row:
    names = {member.citizen_id: member.citizen.name for member in case.members}
    about = names.get(suggestion.person.value, "")
    return {
        "suggested": suggestion.title.value,
        "kind": kinds.NAMES[suggestion.kind.value],
        "about": about,
        "reason": suggestion.kind.reason,
        "is_sure": suggestion.is_sure,
    }


def page_cards(document: Document, *, can_open: bool) -> list[Row]:
    """Write the pages of a document small, for `page_cards`; without a copy there is no picture."""
    return [
        {
            "number": page.number,
            "thumbnail": url_for(
                "staff_casefiles.thumbnail", id=document.id, number=page.number, v=page.rotation
            )
            if can_open
            else None,
        }
        for page in document.pages
    ]


def undo(accepted: Sequence[Document]) -> Row | None:
    """Name what was accepted last and can still be taken back."""
    if not accepted or accepted[0].decided_at is None:
        return None
    one = accepted[0]
    return {
        "at": accepted[0].decided_at.isoformat(),
        "label": one.title
        if len(accepted) == 1
        else ngettext("%(num)d Dokument", "%(num)d Dokumente", len(accepted)),
    }


def case_details(case: Case) -> list[Row]:
    """Write who belongs to a case, for `description_list`."""
    nobody = gettext("noch niemand")
    rows = [
        {"term": gettext("Personen"), "value": people(case)},
        {"term": gettext("Team"), "value": case.team.name},
        {
            "term": gettext("Leistung"),
            "value": case.benefit_officer.name if case.benefit_officer else nobody,
        },
        {
            "term": gettext("Integration"),
            "value": case.integration_officer.name if case.integration_officer else nobody,
        },
    ]
    if case.award_from and case.award_until:
        period = f"{short_day(case.award_from)} – {short_day(case.award_until)}"
        rows.append({"term": gettext("Bewilligt"), "value": period})
    return rows


def people(case: Case) -> str:
    """Name the people of a case."""
    return ", ".join(member.citizen.name for member in case.members)


def case_rows(cases: Iterable[Case]) -> list[Row]:
    """Write cases for `data_table`."""
    return [
        {
            "number": {
                "label": case.file_reference,
                "href": url_for(OVERVIEW, id=case.id),
            },
            "people": people(case),
            "team": case.team.name,
            "award": gettext("bis %(day)s", day=short_day(case.award_until))
            if case.award_until
            else None,
            "opened": short_day(case.opened_at),
        }
        for case in cases
    ]


def document_rows(documents: Iterable[Document], case: Case) -> list[Row]:
    """Write the documents of a case for `data_table`; a decision leads back to the case."""
    back = url_for("staff_casefiles.case", id=case.id)
    return [
        {
            "title": {
                "label": document.title,
                "href": url_for("staff_casefiles.document", id=document.id, next=back),
            },
            "state": staff_state(document),
            "owner": document.owner.name,
            "received": short_moment(document.received_at),
            "pages": document.page_count,
        }
        for document in documents
    ]


def staff_state(document: Document) -> Row:
    """Write the state of a document as a word with its tone."""
    if document.from_office:
        return {"label": gettext("Vom Jobcenter"), "tone": "neutral"}
    return {"label": kinds.word_of(document), "tone": kinds.tone_of(document)}


def event_rows(events: Iterable[Event], titles: dict[str, str]) -> list[Row]:
    """Write the trail of a case for `data_table`; `titles` names the documents in it."""
    return [
        {
            "at": short_moment(event.at),
            "who": who(event),
            "deed": _deed(event, titles.get(event.subject_id)),
            "why": reason_of(event),
        }
        for event in events
    ]


def reason_of(event: Event) -> str | None:
    """Say on what ground somebody opened a file, or for what emergency they asked."""
    if event.subject_kind == "case_access":
        reason = event.facts.get("reason")
        return str(reason) if reason else None
    return walls.in_words(event.facts)


def readings(events: Iterable[Event], titles: dict[str, str]) -> list[Row]:
    """Write for the citizen who of the office opened what, when and why, for `data_table`."""
    return [
        {
            "at": moment(event.at),
            "who": who(event),
            "what": _opened(event, titles.get(event.subject_id)),
            "why": reason_of(event),
        }
        for event in events
    ]


def _opened(event: Event, title: str | None) -> str:
    match event.facts.get("to"):
        case {"name": str(name)}:
            return str(gettext("Notfallzugriff erlaubt für %(name)s", name=name))
    word = str(deeds.word_for(event.deed))
    return f"{word}: {title}" if title else word


def openings(events: Iterable[Event]) -> list[str]:
    """Write who of the office opened one document, when and why."""
    return [
        ", ".join(part for part in (event.actor_name, moment(event.at), reason_of(event)) if part)
        for event in events
    ]


def emergency(access: CaseAccess) -> list[Row]:
    """Write who asks for which file and why, for `description_list`."""
    return [
        {
            "term": gettext("Wer"),
            "value": f"{access.staff_member.name}, {access.staff_member.team.name}",
        },
        {
            "term": gettext("Akte"),
            "value": f"{access.case.file_reference}, {people(access.case)}",
        },
        {"term": gettext("Grund"), "value": access.reason},
        {"term": gettext("Gefragt"), "value": moment(access.asked_at)},
    ]


def _deed(event: Event, title: str | None) -> Row | str:
    word = str(deeds.word_for(event.deed))
    words = f"{word}: {title}" if title else word
    page = deeds.page_of(event)
    return {"label": words, "href": page} if page else words
