"""The deeds with changes of forms: begin, change, hand over, publish, refuse."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from pydantic import ValidationError
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.applications import editions, shelf, versions
from portal.applications.definitions import Form
from portal.applications.editing import queries, report, rules
from portal.applications.editions import Added, Change, Slot
from portal.applications.models import EditState, FormEdit
from portal.audit import service as audit
from portal.core import clock
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.notifications import service as notifications

_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def begin(
    session: Session, *, form: Form, by: StaffMember, now: datetime, like: FormEdit | None = None
) -> FormEdit:
    """Begin a change of a shipped form, or go on with the open one.

    It starts with what is published (or with `like`, a change that was refused); what does not fit
    a newer shipped version is left out, and the trail says how much that was.
    """
    known = queries.open_edit(session, form=form.form)
    if known is not None:
        return known
    source = like or queries.published(session, form=form.form, up_to=form.version)
    changes = editions.read(source.changes) if source else ()
    fitting = editions.fitting(form, changes)
    edit = FormEdit(
        id=new_id(),
        form=form.form,
        base_version=form.version,
        changes=editions.written(fitting),
        state=EditState.DRAFT,
        prepared_by=by,
        prepared_at=now,
        editors=sorted({str(by.id), *(like.editors if like else ())}),
        title=like.title if like else None,
        why=like.why if like else None,
    )
    try:
        with lost_race(session, "uq_form_edits_open", "Die Änderung ist schon da."):
            session.add(edit)
            session.flush()  # the trail names the id
    except Conflict:
        return begin(session, form=form, by=by, now=now, like=like)
    _record(session, "begun", edit, by=by, now=now, left_out=len(changes) - len(fitting))
    return edit


def change_words(
    session: Session,
    *,
    edit: FormEdit,
    at: str,
    words: Mapping[str, str | None],
    seen: str,
    by: StaffMember,
    now: datetime,
) -> FormEdit:
    """Give a text other words; `seen` is the digest of the words that the person has had before.

    Raise `NotFound` for a place that the form does not have, `Conflict` when somebody else has
    changed the same text meanwhile.
    """
    edit, shipped = _to_edit(session, edit)
    edited = _edited(shipped, edit)
    place = editions.slot(edited, at)
    if place is None:
        raise NotFound
    if digest(place) != seen:
        raise Conflict(
            gettext(
                "Jemand hat diesen Text gerade geändert. Der neue Stand steht über den Feldern."
                " Was Sie getippt haben, ist noch da. Speichern Sie noch einmal, wenn es gelten"
                " soll."
            )
        )
    said = {language: words.get(language) or None for language in words}
    rules.check_words(place, said, shipped=shipped, edited=edited)
    changed = editions.with_words(shipped, editions.read(edit.changes), at, said)
    _keep(edit, shipped, changed, by=by)
    _record(session, "words_changed", edit, by=by, now=now, at=at, languages=sorted(words))
    return edit


def set_optional(
    session: Session,
    *,
    edit: FormEdit,
    question: str,
    optional: bool,
    by: StaffMember,
    now: datetime,
) -> FormEdit:
    """Make a question optional, or as it was shipped."""
    edit, shipped = _to_edit(session, edit)
    changes = editions.read(edit.changes)
    if _edited(shipped, edit).find(question) is None:
        raise NotFound
    _keep(edit, shipped, editions.with_optional(changes, question, optional=optional), by=by)
    _record(session, "optional_set", edit, by=by, now=now, question=question, optional=optional)
    return edit


def add_question(
    session: Session,
    *,
    edit: FormEdit,
    page: str,
    after: str | None,
    question: Mapping[str, Any],
    by: StaffMember,
    now: datetime,
) -> FormEdit:
    """Add a question to a page; `question` is a definition without an id, which is drawn here.

    Raise `NotFound` for a page or a place that is not there, `InvalidInput` for words that cannot
    be taken.
    """
    edit, shipped = _to_edit(session, edit)
    edited = _edited(shipped, edit)
    section = edited.section_of.get(page)
    if section is None:
        raise NotFound
    changes = editions.read(edit.changes)
    if sum(isinstance(one, Added) for one in changes) >= rules.MOST_OWN_QUESTIONS:
        raise InvalidInput(gettext("Mehr eigene Fragen nimmt ein Formular nicht auf."))
    _check_question(question, Slot("", "label", {}, section.id, page), edited)
    try:
        made = editions.OWN_QUESTION.validate_python(
            {**question, "id": _draw_id(question["label"]["de"])}
        )
    except ValidationError as error:
        raise InvalidInput(
            gettext("Diese Frage ist nicht vollständig. Füllen Sie alle Felder aus.")
        ) from error
    added = Added(page=page, after=after, question=made)
    if editions.conflicts(shipped, (*editions.without_words(changes), added)):
        raise NotFound
    _keep(edit, shipped, editions.with_added(changes, added), by=by)
    _record(session, "question_added", edit, by=by, now=now, page=page, question=made.id)
    return edit


def _check_question(question: Mapping[str, Any], place: Slot, edited: Form) -> None:
    allowed = report.allowed_placeholders(place, None, edited)
    for name in ("label", "hint", "why"):
        for language, words in (question.get(name) or {}).items():
            longest = editions.LONGEST[name]
            field = f"{name}_{language}"
            rules.check_text(words, longest=longest, allowed=allowed, field=field)
    options = question.get("options", ())
    if len(options) > rules.MOST_OPTIONS:
        most = gettext("Höchstens %(count)s Antworten zur Auswahl.", count=rules.MOST_OPTIONS)
        raise InvalidInput(most, field="options")
    for option in options:
        for words in option["label"].values():
            rules.check_text(words, longest=200, allowed=allowed, field="options")


def _draw_id(label: str) -> str:
    """Return an id that no other question of any form has, and that still says what it is about."""
    plain = re.sub(r"[^a-z0-9]+", "_", label.casefold().translate(_LETTERS)).strip("_")[:24]
    return f"{editions.OWN}{plain.strip('_') or 'frage'}_{new_id().hex[:6]}"


def take_out(
    session: Session, *, edit: FormEdit, question: str, by: StaffMember, now: datetime
) -> FormEdit:
    """Take a question of the office out again; what drafts have answered to it is listed there."""
    edit, shipped = _to_edit(session, edit)
    changes = editions.read(edit.changes)
    if not any(isinstance(one, Added) and one.question.id == question for one in changes):
        raise NotFound
    _keep(edit, shipped, editions.without_question(changes, question), by=by)
    _record(session, "question_taken_out", edit, by=by, now=now, question=question)
    return edit


def submit(
    session: Session,
    *,
    edit: FormEdit,
    title: str,
    why: str,
    valid_from: date,
    revision: int,
    by: StaffMember,
    now: datetime,
) -> FormEdit:
    """Hand a change over to somebody else for approval."""
    edit, shipped = _to_edit(session, edit)
    rules.check_same(edit, revision)
    rules.check_transition(edit, EditState.SUBMITTED)
    if valid_from < clock.local_date(now):
        raise InvalidInput(gettext("Dieser Tag ist schon vorbei."), field="valid_from")
    _check_sound(session, edit, shipped, now=now)
    edit.title, edit.why, edit.valid_from = title.strip(), why.strip(), valid_from
    edit.state, edit.submitted_by, edit.submitted_at = EditState.SUBMITTED, by, now
    _count(edit, by=by)
    _record(session, "submitted", edit, by=by, now=now, valid_from=valid_from)
    for reader in queries.approvers(session, edit=edit):
        notifications.send(
            session,
            template="form_edit_waits",
            address=reader.address,
            recipient_id=reader.id,
            now=now,
            context={"reader": reader, "asker": by, "edit": edit},
        )
    return edit


def _check_sound(session: Session, edit: FormEdit, shipped: Form, *, now: datetime) -> None:
    """Raise `Conflict` for a change that changes nothing, or that has faults."""
    edited = _edited(shipped, edit)
    current = versions.current(session, edit.form, clock.local_date(now)) or shipped
    if not editions.differences(current, edited):
        raise Conflict(gettext("Noch ist nichts geändert: Das Formular liest sich wie bisher."))
    if report.report(shipped, edited).blocks:
        raise Conflict(
            gettext("Das Formular hat noch Fehler. Beheben Sie zuerst, was unter „Prüfung“ steht.")
        )


def take_back(session: Session, *, edit: FormEdit, by: StaffMember, now: datetime) -> FormEdit:
    """Take a change that waits back to the desk."""
    edit = queries.to_change(session, edit=edit)
    rules.check_transition(edit, EditState.DRAFT)
    edit.state, edit.submitted_by, edit.submitted_at = EditState.DRAFT, None, None
    edit.revision += 1
    _record(session, "taken_back", edit, by=by, now=now)
    return edit


def discard(session: Session, *, edit: FormEdit, by: StaffMember, now: datetime) -> FormEdit:
    """Put a change away for good."""
    edit = queries.to_change(session, edit=edit)
    rules.check_transition(edit, EditState.DISCARDED)
    edit.state = EditState.DISCARDED
    edit.revision += 1
    _record(session, "discarded", edit, by=by, now=now)
    return edit


def publish(
    session: Session,
    *,
    edit: FormEdit,
    revision: int,
    note: str | None,
    by: StaffMember,
    now: datetime,
) -> FormEdit:
    """Publish a change as the next edition of its version: from its day on, drafts begin on it.

    Raise `NotAllowed` for who has had a hand in it, `Conflict` when it was changed since the page
    was opened, when a newer version was shipped meanwhile, or when it has faults.
    """
    edit = queries.to_change(session, edit=edit)
    rules.check_can_decide(edit, by=by)
    rules.check_same(edit, revision)
    today = clock.local_date(now)
    shipped = _shipped(edit, today)
    _check_sound(session, edit, shipped, now=now)
    edition = queries.last_edition(session, form=edit.form, version=edit.base_version) + 1
    valid_from = max(edit.valid_from or today, today)
    form = editions.apply(
        shipped, editions.read(edit.changes), edition=edition, valid_from=valid_from
    )
    versions.keep(session, form, now=now)
    said = gettext(
        "Jemand hat gerade eine andere Änderung veröffentlicht. Laden Sie die Seite neu."
    )
    with lost_race(session, "uq_form_edits_edition", said):
        edit.state, edit.edition, edit.valid_from = EditState.PUBLISHED, edition, valid_from
        edit.decided_by, edit.decided_at, edit.note = by, now, (note or "").strip() or None
        edit.revision += 1
        session.flush()  # the number is taken, or somebody was faster
    for one in queries.earlier(session, edit=edit) if valid_from <= today else ():
        one.state = EditState.SUPERSEDED
    facts = {"edition": edition, "valid_from": valid_from, "sha256": _sha256(form)}
    _record(session, "published", edit, by=by, now=now, **facts)
    return edit


def reject(
    session: Session, *, edit: FormEdit, revision: int, note: str, by: StaffMember, now: datetime
) -> FormEdit:
    """Refuse a change, with a reason for who has prepared it."""
    edit = queries.to_change(session, edit=edit)
    rules.check_can_decide(edit, by=by)
    rules.check_same(edit, revision)
    if not note.strip():
        raise InvalidInput(gettext("Schreiben Sie kurz, was anders werden soll."), field="note")
    edit.state, edit.decided_by, edit.decided_at = EditState.REJECTED, by, now
    edit.note = note.strip()
    edit.revision += 1
    _record(session, "rejected", edit, by=by, now=now)
    return edit


def digest(place: Slot) -> str:
    """Return a digest of the words of a text: who changes it says which words they have seen."""
    return versions.digest(dict(place.words))


def _sha256(form: Form) -> str:
    return versions.digest(versions.written(form))


def _shipped(edit: FormEdit, today: date) -> Form:
    """Return the version that a change is for; raise `Conflict` when a newer one was shipped."""
    shipped = shelf.current(edit.form, today)
    is_same = shipped is not None and shipped.version == edit.base_version
    if shipped is None or not is_same or editions.conflicts(shipped, editions.read(edit.changes)):
        raise Conflict(
            gettext(
                "Das Portal bringt inzwischen eine neue Fassung dieses Formulars mit. Verwerfen Sie"
                " diese Änderung und beginnen Sie neu: Was noch passt, kommt mit."
            )
        )
    return shipped


def _to_edit(session: Session, edit: FormEdit) -> tuple[FormEdit, Form]:
    """Lock a change that is being worked on; return it with the version that it is for."""
    edit = queries.to_change(session, edit=edit)
    rules.check_can_edit(edit)
    return edit, _shipped(edit, clock.local_date(clock.now()))


def _edited(shipped: Form, edit: FormEdit) -> Form:
    return editions.apply(shipped, editions.read(edit.changes))


def _keep(edit: FormEdit, shipped: Form, changes: Sequence[Change], *, by: StaffMember) -> None:
    """Keep changes that make a whole form; raise `InvalidInput` for those that do not."""
    if len(changes) > rules.MOST_CHANGES:
        raise InvalidInput(gettext("So viele Änderungen nimmt ein Formular nicht auf."))
    try:
        editions.apply(shipped, changes)
    except (editions.Misplaced, ValidationError) as error:
        raise InvalidInput(
            gettext("Das passt so nicht in das Formular. Laden Sie die Seite neu.")
        ) from error
    edit.changes = editions.written(changes)
    _count(edit, by=by)


def _count(edit: FormEdit, *, by: StaffMember) -> None:
    edit.editors = sorted({*edit.editors, str(by.id)})
    edit.revision += 1


def _record(
    session: Session, deed: str, edit: FormEdit, *, by: StaffMember, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        deed=f"applications.form_edit_{deed}",
        subject=("form_edit", edit.id),
        by=by,
        now=now,
        form=edit.form,
        version=edit.base_version,
        **facts,
    )
