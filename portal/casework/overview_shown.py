"""The page of a case as rows for components."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.accounts.models import StaffMember
from portal.applications import wording
from portal.appointments.forms import STATES, TONES
from portal.appointments.models import Booking
from portal.calendars.forms import CHANNELS
from portal.casefiles import shown as casefiles_shown
from portal.casefiles.models import Case, Document, EvidenceRequest, RequestState
from portal.casework.overview import Missing, Overview, PersonOfCase, Rhythm, Sent, SideOfCase
from portal.casework.pages import page
from portal.casework.rules import CHILD_UNTIL, NextStep, Side, StepKind
from portal.consultations.models import AgreedStep
from portal.consultations.note_forms import WHO
from portal.core import i18n
from portal.core.templating import day, moment, short_day, short_moment
from portal.inbox import links
from portal.inbox.models import WorkItem
from portal.representation import words

Row = dict[str, Any]

SIDES: dict[Side, LazyString] = {
    Side.BENEFIT: lazy_gettext("Leistung"),
    Side.INTEGRATION: lazy_gettext("Integration"),
}


def step(found: NextStep | None, case: Case, asker: StaffMember) -> Row | None:
    """Write the one next step, with where it is done."""
    if found is None:
        return None
    return {
        "title": found.title,
        "why": found.why,
        "due": gettext("Bis %(day)s", day=day(found.due_on)) if found.due_on else None,
        "owner": _lies_with(found.item, asker) if found.item else None,
        "href": _where(found, case, asker),
    }


def _lies_with(item: WorkItem, asker: StaffMember) -> str | None:
    """Say with whom a step lies, when it is not with the asker."""
    if item.assignee is None:
        return str(gettext("Noch frei: %(team)s.", team=item.team.name))
    if item.assignee.id == asker.id:
        return None
    return str(gettext("Liegt bei %(name)s.", name=item.assignee.name))


def _where(found: NextStep, case: Case, asker: StaffMember) -> str | None:
    if found.item:
        return page(links.ENDPOINTS[found.item.kind], asker, id=found.item.subject_id)
    if found.request:
        return page("staff_casefiles_evidence.show", asker, id=found.request.id)
    if found.kind is StepKind.CONTACT:
        return page("staff_invitations.new", asker, akte=case.id)
    return None


def items(found: Iterable[WorkItem], asker: StaffMember, *, today: date) -> list[Row]:
    """Write open items, for `task_list`."""
    return [_item(one, asker, today) for one in found]


def _item(one: WorkItem, asker: StaffMember, today: date) -> Row:
    owner = (
        one.assignee.name if one.assignee else gettext("%(team)s, noch frei", team=one.team.name)
    )
    is_late = one.due_on is not None and one.due_on < today
    return {
        "title": f"{one.title}: {one.next_step}",
        "href": page(links.ENDPOINTS[one.kind], asker, id=one.subject_id),
        "hint": " ".join(part for part in (one.reason, one.urgency_reason) if part),
        "note": owner,
        "status": short_day(one.due_on) if one.due_on else None,
        "tone": "danger" if is_late else "warning" if one.urgency else "neutral",
    }


def missing(found: Missing, case: Case, asker: StaffMember, *, today: date) -> list[Row]:
    """Write what the office waits for, for `task_list`."""
    rows = [_request(one, asker, today) for one in found.requests]
    rows += [
        {
            "title": gettext("Rückfrage zum Antrag ohne Antwort"),
            "href": page("staff_corrections.round", asker, id=one.id),
            "hint": gettext("Gestellt von %(name)s", name=one.opened_by_name),
            **_until(one.last_day, today),
        }
        for one in found.rounds
    ]
    for endpoint, title, letters in (
        ("staff_invitations.show", gettext("Einladung ohne Antwort"), found.invitations),
        ("staff_hearings.show", gettext("Anhörung ohne Antwort"), found.hearings),
    ):
        rows += [
            {
                "title": title,
                "href": page(endpoint, asker, id=one.id),
                "hint": one.citizen.name,
                **_until(one.answer_until, today),
            }
            for one in letters
        ]
    if count := found.undelivered:
        text = ngettext("Eine Nachricht kam nicht an", "%(num)d Nachrichten kamen nicht an", count)
        rows.append({"title": text, "href": page("staff_undelivered.show", asker, id=case.id)})
    return rows


def _request(asked: EvidenceRequest, asker: StaffMember, today: date) -> Row:
    is_answered = asked.state is RequestState.ANSWERED
    return {
        "title": asked.title,
        "href": page("staff_casefiles_evidence.show", asker, id=asked.id),
        "hint": (asked.about or asked.owner).name,
        **_until(asked.due_on, today),
        **({"status": gettext("Beantwortet"), "tone": "info"} if is_answered else {}),
    }


def _until(on: date | None, today: date) -> Row:
    if on is None:
        return {}
    if on < today:
        words = gettext("seit %(day)s überfällig", day=short_day(on))
        return {"status": words, "tone": "danger"}
    return {"status": gettext("bis %(day)s", day=short_day(on)), "tone": "warning"}


def people(found: Iterable[PersonOfCase], *, now: datetime) -> list[Row]:
    """Write the people of the household, for `data_table`."""
    return [
        {
            "name": one.citizen.name,
            "age": one.age if one.age is not None else None,
            "role": _role(one),
            "language": i18n.LANGUAGES.get(one.citizen.language, one.citizen.language),
            "letters": gettext("Im Portal") if one.reads_in_portal else gettext("Mit der Post"),
            "acting": _acting(one, now),
        }
        for one in found
    ]


def _role(one: PersonOfCase) -> str:
    if one.applies:
        return str(gettext("Stellt den Antrag"))
    if one.age is not None and one.age < CHILD_UNTIL:
        return str(gettext("Kind"))
    return str(gettext("Im Haushalt"))


def _acting(one: PersonOfCase, now: datetime) -> str | None:
    said = [
        f"{acting.representative.name} ({words.kind_of(acting)}, {words.until(acting, now=now)})"
        for acting in one.represented
    ]
    return "; ".join(said) or None


def sides(found: Iterable[SideOfCase], asker: StaffMember, shown: Overview) -> list[Row]:
    """Write both halves of the work, side by side."""
    return [
        {
            "name": SIDES[one.side],
            "key": one.side.value,
            "details": _side(one, shown),
            "step": step(one.step, shown.case, asker),
            "count": len(one.items),
        }
        for one in found
    ]


def _side(one: SideOfCase, shown: Overview) -> list[Row]:
    officer = one.officer
    rows = [
        {
            "term": gettext("Zuständig"),
            "value": f"{officer.name}, {officer.team.name}" if officer else gettext("Noch niemand"),
            "note": gettext("Vertretung heute: %(name)s", name=one.stands_in.name)
            if one.stands_in
            else None,
        }
    ]
    if one.side is Side.BENEFIT:
        rows.append({"term": gettext("Bewilligt"), "value": _award(shown.case), "note": None})
        rows += [_application(sent) for sent in shown.applications[:2]]
    else:
        rows += _rhythm(shown.rhythm, shown.today)
    met = short_day(one.last_talk) if one.last_talk else gettext("Noch keines")
    rows.append({"term": gettext("Letztes Gespräch"), "value": met, "note": None})
    if one.next_talk:
        rows.append(
            {
                "term": gettext("Nächster Termin"),
                "value": moment(one.next_talk.starts_at),
                "note": one.next_talk.name,
            }
        )
    return rows


def _award(case: Case) -> str:
    if case.award_from and case.award_until:
        return f"{short_day(case.award_from)} – {short_day(case.award_until)}"
    return str(gettext("Nichts bewilligt"))


def _application(sent: Sent) -> Row:
    one = sent.application
    state = wording.OUTCOME_WORDS[one.outcome] if one.outcome else wording.STATE_WORDS[one.state]
    came = short_day(one.submitted_at) if one.submitted_at else None
    return {
        "term": sent.name,
        "value": state,
        "note": came and gettext("Eingegangen am %(day)s", day=came),
    }


def _rhythm(rhythm: Rhythm, today: date) -> list[Row]:
    track = rhythm.track.name if rhythm.track else gettext("Noch keine")
    rows: list[Row] = [{"term": gettext("Betreuungsform"), "value": track, "note": None}]
    last = short_day(rhythm.last) if rhythm.last else gettext("Noch keiner")
    note = None
    if rhythm.due_on:
        due = short_day(rhythm.due_on)
        note = (
            gettext("Der nächste war bis %(day)s fällig", day=due)
            if rhythm.due_on < today
            else gettext("Der nächste ist bis %(day)s fällig", day=due)
        )
    rows.append({"term": gettext("Letzter Kontakt"), "value": last, "note": note})
    return rows


def documents(found: Iterable[Document], asker: StaffMember) -> list[Row]:
    """Write the latest papers, for `task_list`."""
    rows = []
    for one in found:
        state = casefiles_shown.staff_state(one)
        rows.append(
            {
                "title": one.title,
                "href": page("staff_casefiles.document", asker, id=one.id),
                "hint": f"{one.owner.name}, {short_day(one.received_at)}",
                "status": state["label"],
                "tone": state["tone"],
            }
        )
    return rows


def agreed(found: Iterable[AgreedStep]) -> list[Row]:
    """Write what was agreed in the last talk, for `description_list`."""
    return [
        {
            "term": WHO[one.who],
            "value": one.what,
            "note": gettext("Bis %(day)s", day=day(one.until)) if one.until else None,
        }
        for one in found
    ]


def bookings(found: Iterable[Booking]) -> list[Row]:
    """Write appointments, for `data_table`."""
    return [
        {
            "when": {
                "label": short_moment(one.starts_at),
                "href": url_for("staff_appointments.show", id=one.id),
            },
            "what": one.name,
            "person": one.citizen.name,
            "officer": one.staff_member.name,
            "channel": CHANNELS[one.channel],
            "state": {"label": STATES[one.state], "tone": TONES[one.state]},
        }
        for one in found
    ]
