"""How requests for evidence are put into words and into the rows that components take."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from portal.casefiles import deadlines, kinds, law, months
from portal.casefiles.matching import Fit
from portal.casefiles.models import (
    Case,
    Document,
    DocumentKind,
    EvidenceAnswer,
    EvidenceRequest,
    RequestState,
)
from portal.casefiles.wishes import Wish
from portal.core.templating import day, moment, short_day

Row = dict[str, Any]

SLUGS: dict[EvidenceAnswer, str] = {
    EvidenceAnswer.LATER: "spaeter",
    EvidenceAnswer.ALREADY_SENT: "schon-abgegeben",
    EvidenceAnswer.SOMEONE_ELSE: "jemand-anderes",
    EvidenceAnswer.DO_NOT_HAVE: "habe-ich-nicht",
    EvidenceAnswer.AUTHORITY_FETCHES: "jobcenter-holt",
    EvidenceAnswer.NOT_APPLICABLE: "trifft-nicht-zu",
}


def time_left(due_on: date, *, today: date) -> str:
    """Write how long there is still time: noch 5 Tage, heute, seit 3 Tagen vorbei."""
    left = (due_on - today).days
    if left < 0:
        return str(ngettext("seit einem Tag vorbei", "seit %(num)d Tagen vorbei", -left))
    if left < 2:
        return str(gettext("morgen") if left else gettext("heute"))
    return str(gettext("noch %(days)s Tage", days=left))


def until(due_on: date | None) -> str:
    """Write until when, with the weekday."""
    if due_on is None:
        return str(gettext("Sobald Sie können"))
    return str(gettext("Bis %(day)s", day=day(due_on)))


def name(asked: EvidenceRequest) -> str:
    """Write what is asked for, with its months."""
    span = months.in_words(asked.months_from, asked.months_until)
    return f"{asked.title}, {span}" if span else asked.title


def tasks(requests: Iterable[EvidenceRequest], *, today: date) -> list[Row]:
    """Write what the citizen still has to hand in, for `task_list`."""
    return [
        {
            "title": name(asked),
            "href": url_for("casefiles_tasks.show", id=asked.id),
            "hint": " · ".join(part for part in (until(asked.due_on), _about(asked)) if part),
            "note": " · ".join(part for part in (asked.why, asked.legal_basis) if part),
            "status": time_left(asked.due_on, today=today) if asked.due_on else None,
            "tone": "danger" if deadlines.is_overdue(asked, today=today) else "warning",
        }
        for asked in requests
    ]


def _about(asked: EvidenceRequest) -> str:
    about = gettext("Für %(name)s", name=asked.about.name) if asked.about else ""
    return " · ".join(part for part in (about, said(asked)) if part)


def answered(requests: Iterable[EvidenceRequest]) -> list[Row]:
    """Write what the citizen has answered and the office has not settled, for `task_list`."""
    return [
        {
            "title": name(asked),
            "href": url_for("casefiles_tasks.show", id=asked.id),
            "hint": said(asked) or kinds.REQUEST_WORDS[asked.state],
            "status": gettext("Liegt beim Jobcenter"),
            "tone": "info",
        }
        for asked in requests
    ]


def said(asked: EvidenceRequest) -> str:
    """Write what the citizen has answered; nothing when they have not."""
    if asked.answer is None:
        return ""
    words = str(kinds.ANSWERS[asked.answer])
    if asked.answer_on is not None:
        return f"{words}: {day(asked.answer_on)}"
    return f"{words}: {asked.answer_words}" if asked.answer_words else words


def details(asked: EvidenceRequest, *, today: date) -> list[Row]:
    """Write whom and what a request is about and until when, for `description_list`."""
    about = asked.about.name if asked.about else None
    return _details(asked, due_on=asked.due_on, about=about, today=today)


def preview(wish: Wish, *, due_on: date | None, about: str | None, today: date) -> Row:
    """Write a request that is not sent yet, as the citizen will read it."""
    return {
        "title": wish.title or kinds.german_name(wish.kind),
        "why": wish.why,
        "details": _details(wish, due_on=due_on, about=about, today=today),
        "consequence": due_on is not None and wish.legal_basis in law.LEADS_TO_WITHHOLDING,
    }


def _details(
    asked: EvidenceRequest | Wish, *, due_on: date | None, about: str | None, today: date
) -> list[Row]:
    span = months.in_words(asked.months_from, asked.months_until)
    left = f" ({time_left(due_on, today=today)})" if due_on else ""
    rows = [
        (gettext("Für wen"), about),
        (gettext("Zeitraum"), span),
        (gettext("Bis wann"), day(due_on) + left if due_on else until(None)),
        (gettext("Rechtsgrundlage"), asked.legal_basis),
    ]
    return [{"term": term, "value": value} for term, value in rows if value]


def ways_to_say(kind: DocumentKind, address: Callable[[str], str]) -> list[Row]:
    """Write the six answers without a paper as equal steps; `address` takes the slug of one."""
    fetched = law.FROM_WHOM.get(kind)
    texts = {
        EvidenceAnswer.LATER: gettext("Nennen Sie einen Tag. Wir erinnern Sie."),
        EvidenceAnswer.ALREADY_SENT: gettext("Zeigen Sie uns, welches Dokument es ist."),
        EvidenceAnswer.SOMEONE_ELSE: gettext("Zum Beispiel Ihr Vermieter oder Ihr Arbeitgeber."),
        EvidenceAnswer.DO_NOT_HAVE: gettext("Wir finden zusammen einen anderen Weg."),
        EvidenceAnswer.AUTHORITY_FETCHES: gettext(
            "Das geht oft %(where)s. Wir fragen Sie vorher.", where=fetched
        )
        if fetched
        else gettext("Wir sehen nach, ob das geht. Wir fragen Sie vorher."),
        EvidenceAnswer.NOT_APPLICABLE: gettext("Sagen Sie uns, warum."),
    }
    return [
        {"title": kinds.ANSWERS[answer], "text": text, "href": address(SLUGS[answer])}
        for answer, text in texts.items()
    ]


def choices(asked: EvidenceRequest) -> list[Row]:
    """Write the seven answers as equal steps, for `action_list`."""
    now = {
        "title": gettext("Jetzt abgeben"),
        "text": gettext("Mit einem Foto oder einer Datei."),
        "href": url_for("casefiles.hand_in", request=asked.id),
    }

    def address(slug: str) -> str:
        return url_for("casefiles_tasks.say", id=asked.id, slug=slug)

    return [now, *ways_to_say(asked.kind, address)]


def as_choice(asked: EvidenceRequest) -> tuple[str, str]:
    """Write an open request as one answer of a choice."""
    if asked.due_on is None:
        return str(asked.id), name(asked)
    words = gettext("%(what)s (bis %(day)s)", what=name(asked), day=day(asked.due_on))
    return str(asked.id), str(words)


def suggestion(fit: Fit) -> Row:
    """Write which request a paper may answer, and why we think so."""
    return {"request": fit.request, "name": as_choice(fit.request)[1], "why": fit.in_words}


# For staff


def staff_rows(requests: Iterable[EvidenceRequest], case: Case, *, today: date) -> list[Row]:
    """Write the requests of a case for `data_table`; a deed leads back to the case."""
    back = url_for("staff_casefiles.case", id=case.id)
    return [
        {
            "what": {
                "label": asked.title,
                "href": url_for("staff_casefiles_evidence.show", id=asked.id, next=back),
            },
            "months": months.in_words(asked.months_from, asked.months_until) or None,
            "person": (asked.about or asked.owner).name,
            "state": staff_state(asked, today=today),
            "answer": kinds.ANSWERS[asked.answer] if asked.answer else None,
            "due": short_day(asked.due_on) if asked.due_on else None,
            "asked": f"{short_day(asked.asked_at)}, {asked.asked_by_name}",
        }
        for asked in requests
    ]


def staff_state(asked: EvidenceRequest, *, today: date) -> Row:
    """Write where a request stands, as a word with its tone."""
    if deadlines.wants_more_time(asked):
        return {"label": gettext("Möchte mehr Zeit"), "tone": "info"}
    if deadlines.is_overdue(asked, today=today):
        return {"label": gettext("Überfällig"), "tone": "danger"}
    if asked.state is RequestState.OPEN:
        return {"label": gettext("Angefordert"), "tone": "warning"}
    return {"label": kinds.REQUEST_WORDS[asked.state], "tone": kinds.REQUEST_TONES[asked.state]}


def staff_details(
    asked: EvidenceRequest, *, owner: str, said_by: str | None, today: date
) -> list[Row]:
    """Write what staff need to know of one request, for `description_list`."""
    asked_at = f"{moment(asked.asked_at)}, {asked.asked_by_name}"
    said_at = moment(asked.answered_at) if asked.answered_at else None
    if said_by:
        said_by = gettext("%(name)s für %(other)s", name=said_by, other=owner)
    rows = [
        (gettext("Von"), owner),
        *((row["term"], row["value"]) for row in details(asked, today=today)),
        (gettext("Begründung"), asked.why),
        (gettext("Angefordert"), asked_at),
        (gettext("Antwort"), said(asked)),
        (gettext("Geantwortet"), ", ".join(part for part in (said_at, said_by) if part)),
    ]
    return [{"term": term, "value": value} for term, value in rows if value]


def paper_rows(documents: Sequence[Document], states: Iterable[Row]) -> list[Row]:
    """Write the papers that answer a request for `data_table`."""
    return [
        {
            "title": {
                "label": document.title,
                "href": url_for("staff_casefiles.document", id=document.id),
            },
            "state": state,
            "received": moment(document.received_at),
        }
        for document, state in zip(documents, states, strict=True)
    ]
