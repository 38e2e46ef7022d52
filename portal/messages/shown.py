"""Threads as pages show them: rows of lists, entries with their links, words about when and who."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext, ngettext

from portal.accounts.models import Person, StaffMember
from portal.casefiles import kinds
from portal.casefiles.models import Document
from portal.core import clock
from portal.core.templating import day, has_endpoint, moment, short_day, short_moment
from portal.invitations.forms import STATES
from portal.messages import law, rules
from portal.messages.forms import TOPICS
from portal.messages.models import Entry, EntryKind, EntryPaper, Side, TextBlock, Thread
from portal.messages.queries import Away, Row

Shown = dict[str, Any]


# Lists


def rows_of_citizen(rows: Sequence[Row], *, today: date) -> list[Shown]:
    """Write threads for `task_list`: what is new or wanted stands beside each."""
    return [
        {
            "title": row.thread.subject,
            "href": url_for("threads.show", id=row.thread.id),
            "hint": _last_written(row.thread),
            **_stand_for_citizen(row, today=today),
        }
        for row in rows
    ]


def _last_written(thread: Thread) -> str:
    words = (
        gettext("Sie haben zuletzt geschrieben: %(when)s")
        if thread.last_side is Side.CITIZEN
        else gettext("Das Jobcenter hat zuletzt geschrieben: %(when)s")
    )
    return str(words % {"when": day(thread.last_at)})


def _stand_for_citizen(row: Row, *, today: date) -> Shown:
    thread = row.thread
    if row.unseen:
        return {"status": gettext("Neu"), "tone": "info"}
    if thread.reply_by:
        late = thread.reply_by < today
        words = gettext("Bitte noch antworten") if late else gettext("Bitte antworten")
        return {"status": words, "tone": "warning"}
    if thread.closed_at:
        return {"status": gettext("Abgeschlossen"), "tone": "neutral"}
    if thread.waiting_since and thread.last_side is Side.CITIZEN:
        return {"status": gettext("Angekommen"), "tone": "success"}
    return {}


def rows_of_staff(rows: Sequence[Row], *, today: date) -> list[Shown]:
    """Write threads for the table of staff."""
    return [
        {
            "subject": {
                "href": url_for("staff_threads.show", id=row.thread.id),
                "label": row.thread.subject,
            },
            "person": row.thread.citizen.name,
            "case": row.thread.case.file_reference,
            "state": stand_for_staff(row.thread, today=today),
            "due": short_day(row.thread.answer_by) if row.thread.answer_by else None,
            "last": short_moment(row.thread.last_at),
            "officer": _name(rules.officer_of(row.thread)),
            "unseen": row.unseen or None,
        }
        for row in rows
    ]


def _name(officer: StaffMember | None) -> str | None:
    return officer.name if officer else None


def stand_for_staff(thread: Thread, *, today: date) -> Shown:
    """Say where a thread stands, as a word with its tone."""
    if thread.answer_by:
        if thread.answer_by < today:
            return {"label": gettext("Überfällig"), "tone": "danger"}
        return {"label": gettext("Wartet auf uns"), "tone": "warning"}
    if thread.closed_at:
        return {"label": gettext("Abgeschlossen"), "tone": "neutral"}
    if thread.reply_by:
        tone = "warning" if thread.reply_by < today else "info"
        return {"label": gettext("Wartet auf die Person"), "tone": tone}
    return {"label": gettext("Beantwortet"), "tone": "success"}


# One thread


def entries(
    found: Sequence[Entry],
    papers: Mapping[UUID, Document],
    *,
    asker: Person,
    folded: Mapping[datetime, datetime] | None = None,
) -> list[Shown]:
    """Write what stands in a thread, as `components/thread.html` takes it.

    `folded` are the moments of those of which nobody was told, for an earlier word stands for them.
    """
    told = folded or {}
    is_staff = isinstance(asker, StaffMember)
    mine = Side.OFFICE if is_staff else Side.CITIZEN
    return [
        {
            "id": str(entry.id),
            "stamp": _stamp(entry),
            "author": entry.author_name,
            "time": moment(entry.at),
            "own": entry.side == mine,
            "kind": _kind(entry),
            "text": _sentence(entry, is_staff=is_staff),
            "papers": _papers(entry, papers, is_staff=is_staff),
            "links": _links(entry, is_staff=is_staff),
            "notes": _notes(entry, own=entry.side == mine, told=told.get(entry.at)),
        }
        for entry in found
    ]


def _stamp(entry: Entry) -> str:
    """Return what changes when the entry would be shown otherwise; its text never does."""
    linked = entry.request or entry.invitation
    return f"{linked.state.value if linked else ''}{' seen' if entry.seen_at else ''}"


def _kind(entry: Entry) -> str:
    if entry.kind in rules.EVENTS:
        return "event"
    return "remark" if entry.kind is EntryKind.REMARK else "message"


def _sentence(entry: Entry, *, is_staff: bool) -> str:
    """Return the text as it was written, or the sentence about what has happened."""
    name = entry.author_name
    closed = gettext("%(name)s hat die Unterhaltung abgeschlossen.", name=name)
    if not is_staff:
        closed = f"{closed} {gettext('Sie können trotzdem weiter schreiben.')}"
    no_answer = gettext("%(name)s hat das gelesen. Eine Antwort ist nicht nötig.", name=name)
    handed = gettext("%(name)s hat es an %(to)s gegeben.", name=name, to=entry.to_name or "")
    sentences = {
        EntryKind.REQUEST: gettext("Wir brauchen von Ihnen: %(what)s.", what=entry.text),
        EntryKind.INVITATION: gettext(
            "Wir möchten mit Ihnen sprechen: %(what)s. Sie suchen die Zeit aus.", what=entry.text
        ),
        EntryKind.NO_ANSWER: no_answer,
        EntryKind.HANDED_OVER: f"{handed} {entry.text}".strip(),
        EntryKind.CLOSED: closed,
        EntryKind.REOPENED: gettext("%(name)s hat die Unterhaltung wieder geöffnet.", name=name),
    }
    return str(sentences.get(entry.kind, entry.text))


def _papers(entry: Entry, papers: Mapping[UUID, Document], *, is_staff: bool) -> list[Shown]:
    page = "staff_casefiles.document" if is_staff else "casefiles.document"
    return [_paper(one, papers.get(one.document_id), page) for one in entry.papers]


def _paper(one: EntryPaper, document: Document | None, page: str) -> Shown:
    """Name a paper; one that was moved away, or is none of the asker's business, has no link."""
    if document is None:
        return {"title": gettext("Unterlage"), "href": None}
    return {
        "title": f"{document.title} ({document.filename})",
        "href": url_for(page, id=document.id) if has_endpoint(page) else None,
    }


def _links(entry: Entry, *, is_staff: bool) -> list[Shown]:
    if entry.request is not None:
        page = "staff_casefiles_evidence.show" if is_staff else "casefiles_tasks.show"
        label = gettext("Zur Anforderung") if is_staff else gettext("Zur Aufgabe")
        state = entry.request.state
        return [
            {
                "href": url_for(page, id=entry.request.id),
                "label": label,
                "tag": kinds.REQUEST_WORDS[state],
                "tone": kinds.REQUEST_TONES[state],
            }
        ]
    if entry.invitation is not None:
        page = "staff_invitations.show" if is_staff else "invitations.show"
        return [
            {
                "href": url_for(page, id=entry.invitation.id),
                "label": gettext("Zur Einladung"),
                "tag": STATES[entry.invitation.state],
                "tone": "info",
            }
        ]
    return []


def _notes(entry: Entry, *, own: bool, told: datetime | None) -> list[str]:
    """Return the small words below: until when a reply was wanted, late or not, seen or not."""
    notes = []
    if entry.reply_by:
        notes.append(gettext("Antwort erbeten bis %(day)s", day=day(entry.reply_by)))
    if entry.was_due_on:
        notes.append(
            gettext("Erbeten war sie bis %(day)s. Angekommen ist sie.", day=day(entry.was_due_on))
        )
    if own and entry.kind is EntryKind.MESSAGE:
        notes.append(
            gettext(
                "Gelesen: %(when)s, %(name)s", when=moment(entry.seen_at), name=entry.seen_by_name
            )
            if entry.seen_at
            else gettext("Noch nicht gelesen")
        )
        if told:
            notes.append(
                gettext(
                    "Keine eigene Benachrichtigung: Die von %(when)s war noch nicht geöffnet.",
                    when=short_moment(told),
                )
            )
    return notes


def sign(thread: Thread, found: Sequence[Entry]) -> str | None:
    """Return what the texts that wait could be besides messages, so that nobody overlooks it."""
    waiting = [
        entry.text
        for entry in found
        if entry.side is Side.CITIZEN and thread.waiting_since and entry.at >= thread.waiting_since
    ]
    seen = law.sign_in("\n".join((thread.subject, *waiting))) if waiting else None
    return str(seen.reason) if seen else None


def sent(thread: Thread, told: datetime | None) -> str:
    """Say that an answer is on its way, and whether the person is told of it once more."""
    name = thread.citizen.name
    if told is None:
        return str(gettext("Gesendet. %(name)s bekommt eine Nachricht.", name=name))
    return str(
        gettext(
            "Gesendet. %(name)s hat die Benachrichtigung von %(when)s noch nicht geöffnet "
            "und bekommt deshalb keine zweite.",
            name=name,
            when=short_moment(told),
        )
    )


# When an answer comes, and who is away


def expected(thread: Thread | None, *, usual: int | None, until: date) -> str:
    """Say when an answer comes: the promise, and how long it took of late where that is known."""
    day_named = thread.answer_by if thread and thread.answer_by else until
    promise = str(gettext("Wir antworten bis %(day)s.", day=day(day_named)))
    if usual is None:
        return promise
    if usual == 0:
        return f"{promise} {gettext('Meist antworten wir noch am selben Tag.')}"
    often = ngettext(
        "Meist dauert es nicht länger als einen Arbeitstag.",
        "Meist dauert es nicht länger als %(num)d Arbeitstage.",
        usual,
    )
    return f"{promise} {often}"


def away(found: Away | None) -> str | None:
    """Say until when somebody is not here, and who reads meanwhile."""
    if found is None:
        return None
    words = {"name": found.officer.name, "day": day(found.until)}
    if found.substitute is None:
        return str(gettext("%(name)s ist bis %(day)s nicht im Haus. Ihr Team liest mit.", **words))
    words["other"] = found.substitute.name
    return str(gettext("%(name)s ist bis %(day)s nicht im Haus. %(other)s liest mit.", **words))


def details(thread: Thread, *, today: date) -> list[Shown]:
    """Write what staff need to know of a thread, for `description_list`."""
    officer = rules.officer_of(thread)
    rows = [
        (gettext("Person"), thread.citizen.name),
        (gettext("Thema"), TOPICS[thread.topic]),
        (gettext("Antwortet"), officer.name if officer else gettext("das Team")),
        (gettext("Wartet seit"), moment(thread.waiting_since) if thread.waiting_since else None),
        (gettext("Antworten bis"), day(thread.answer_by) if thread.answer_by else None),
        (gettext("Antwort erbeten bis"), day(thread.reply_by) if thread.reply_by else None),
        (gettext("Begonnen"), moment(thread.opened_at)),
    ]
    return [{"term": term, "value": value} for term, value in rows if value]


def block_rows(blocks: Sequence[TextBlock], by: StaffMember) -> list[Shown]:
    """Write text blocks for the table."""
    return [
        {
            "name": {"href": url_for("staff_text_blocks.edit", id=one.id), "label": one.name}
            if rules.can_change(one, by)
            else one.name,
            "text": one.text if len(one.text) <= 160 else f"{one.text[:157]}…",
            "whose": gettext("Team") if one.team_id else gettext("Nur ich"),
            "changed": f"{short_day(clock.local_date(one.changed_at))}, {one.changed_by_name}",
        }
        for one in blocks
    ]
