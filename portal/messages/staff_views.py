"""Staff pages of messages: the list, those of a case, one thread and what can be done with it.

Opening a thread is a reading of the case and is written down, and so is that the office has seen
what was written: these GET views wear `@commits`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import deadlines, readings
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock, crypto, placeholders
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.requests import page_number
from portal.inbox.forms import HandOverForm
from portal.messages import blanks, forms, queries, rules, service, shown, turning
from portal.messages.attaching import Papers
from portal.messages.models import Entry, Side, Thread, Topic
from portal.notifications import queries as notifications

blueprint = Blueprint("staff_threads", __name__, url_prefix="/amt/nachrichten")

NEW = "threads/staff/new.html"


@blueprint.get("")
@staff(Right.WRITE_MESSAGES)
def index() -> ResponseReturnValue:
    """List threads: first what waits, by the day it is due."""
    here, form = page_number(), forms.FilterForm(request.args)
    filters = form.filters
    found = queries.threads_for_staff(
        db.session, asker=signed_in_staff(), filters=filters, page=here
    )
    form.ansicht.data, form.stand.data = filters.view.value, filters.stand.value
    return render_template(
        "threads/staff/index.html",
        rows=shown.rows_of_staff(found[: queries.PAGE], today=_today()),
        form=form,
        kept={"suche": filters.words, "ansicht": filters.view, "stand": filters.stand},
        here=here,
        has_more=len(found) > queries.PAGE,
    )


@blueprint.get("/akte/<uuid:case_id>")
@staff(Right.WRITE_MESSAGES)
@commits
def of_case(case_id: UUID) -> ResponseReturnValue:
    """List the threads of one case."""
    here, by = page_number(), signed_in_staff()
    case = casefiles.case_for_staff(db.session, case_id, asker=by)
    found = queries.threads_of_case(db.session, case=case, asker=by, page=here)
    rows = shown.rows_of_staff(found[: queries.PAGE], today=_today())
    readings.note_case(db.session, case=case, by=by, now=clock.now())
    return render_template(
        "threads/staff/case.html",
        case=case,
        rows=rows,
        here=here,
        has_more=len(found) > queries.PAGE,
    )


@blueprint.get("/akte/<uuid:case_id>/neu")
@staff(Right.WRITE_MESSAGES)
def new(case_id: UUID) -> ResponseReturnValue:
    """Write to a person of a case."""
    case = casefiles.case_for_staff(db.session, case_id, asker=signed_in_staff())
    form = forms.StartForm(formdata=None, person=request.args.get("person"))
    return _new_page(case, form)


@blueprint.post("/akte/<uuid:case_id>/neu")
@staff(Right.WRITE_MESSAGES)
@commits
def send(case_id: UUID) -> ResponseReturnValue:
    """Send a first message, or put a text block into it."""
    by, form = signed_in_staff(), forms.StartForm()
    case = casefiles.case_for_staff(db.session, case_id, asker=by)
    if "insert" in request.form:
        return _new_page(case, form)
    if not _offered(form, case).validate_on_submit():
        return _new_page(case, form), 422
    try:
        thread = service.start(
            db.session,
            case=case,
            citizen=rules.check_member(case, UUID(form.person.data)).citizen,
            topic=Topic(form.topic.data),
            subject=form.subject.data or "",
            **_written(form),
        )
    except PortalError as error:
        return _refused_new(case_id, form, error)
    flash(gettext("Gesendet. %(name)s bekommt eine Nachricht.", name=thread.citizen.name))
    return redirect(url_for(".show", id=thread.id))


@blueprint.get("/<uuid:id>")
@staff(Right.WRITE_MESSAGES)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show one thread with its remarks; the reading is written down."""
    by, now = signed_in_staff(), clock.now()
    thread = queries.thread_for(db.session, id, asker=by)
    page = _page(thread)
    readings.note_case(db.session, case=thread.case, by=by, now=now)
    if "prefetch" not in request.headers.get("Sec-Purpose", ""):
        service.note_seen(db.session, thread=thread, by=by, now=now)
    return page


@blueprint.get("/<uuid:id>/stand")
@staff(Right.WRITE_MESSAGES)
def news(id: UUID) -> ResponseReturnValue:
    """Tell an open page whether the thread has moved, and what it shows now."""
    by = signed_in_staff()
    thread = queries.thread_for(db.session, id, asker=by)
    stamp = queries.stamp(db.session, thread=thread, asker=by, today=_today())
    if stamp == request.args.get("seit"):
        return Response(status=204, mimetype="application/json")
    found = queries.entries_of(db.session, thread=thread, asker=by)
    return jsonify(
        stamp=stamp,
        list=render_template("threads/_entries.html", entries=_entries(thread, found)),
        beside=render_template("threads/staff/_stand.html", **_stand(thread, found)),
    )


@blueprint.post("/<uuid:id>/gesehen")
@staff(Right.WRITE_MESSAGES)
@commits
def seen(id: UUID) -> ResponseReturnValue:
    """Take from an open page that somebody is there who has seen it: a reading like the first."""
    by, now = signed_in_staff(), clock.now()
    last = forms.shown_last(request.form.get("bis"))
    thread = queries.thread_for(db.session, id, asker=by)
    if last is not None:
        service.note_seen(db.session, thread=thread, by=by, now=now, up_to=last)
        readings.note_case(db.session, case=thread.case, by=by, now=now)
    return Response(status=204, mimetype="application/json")


@blueprint.post("/<uuid:id>")
@staff(Right.WRITE_MESSAGES)
@commits
def answer(id: UUID) -> ResponseReturnValue:
    """Answer, or put a text block into the answer."""
    form, thread = forms.AnswerForm(), _locked(id)
    if "insert" in request.form:
        return _page(thread, answer=form)
    if not _ready(form, thread).validate_on_submit():
        return _page(thread, answer=form), 422
    try:
        made = service.answer(db.session, thread=thread, **_written(form))
    except PortalError as error:
        return _refused(id, form, error, answer=form)
    flash(shown.sent(thread, _folded(thread).get(made.at)))
    return _next_after(thread)


@blueprint.post("/<uuid:id>/vermerk")
@staff(Right.WRITE_MESSAGES)
@commits
def remark(id: UUID) -> ResponseReturnValue:
    """Write something for colleagues only."""
    form, thread = forms.RemarkForm(), _locked(id)
    if not form.validate_on_submit():
        return _page(thread, remark=form), 422
    text, by = form.remark.data or "", signed_in_staff()
    service.remark(db.session, thread=thread, text=text, by=by, now=clock.now())
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/weitergeben")
@staff(Right.WRITE_MESSAGES)
@commits
def hand_over(id: UUID) -> ResponseReturnValue:
    """Give the thread to a colleague."""
    by, form, thread = signed_in_staff(), HandOverForm(), _locked(id)
    if not form.offer(_colleagues(thread)).validate_on_submit():
        return _page(thread, hand_over=form), 422
    to, note = form.chosen, form.note.data or ""
    try:
        service.hand_over(
            db.session, thread=thread, to=to, note=note, by=by, land=_land(), now=clock.now()
        )
    except PortalError as error:
        return _refused(id, form, error, hand_over=form)
    flash(gettext("%(name)s übernimmt.", name=to.name))
    return _next_after(thread)


@blueprint.post("/<uuid:id>/unterlage")
@staff(Right.WRITE_MESSAGES)
@commits
def ask_for_paper(id: UUID) -> ResponseReturnValue:
    """Turn a message into a request for a paper."""
    by, form, thread = signed_in_staff(), forms.PaperForm(), _locked(id)
    if not form.validate_on_submit() or form.due_on.data is None:
        return _page(thread, paper=form), 422
    try:
        deadlines.check(form.due_on.data, today=_today(), land=_land())
        turning.ask_for_paper(
            db.session,
            thread=thread,
            kind=form.chosen,
            why=form.why.data or "",
            due_on=form.due_on.data,
            by=by,
            land=_land(),
            now=clock.now(),
        )
    except PortalError as error:
        return _refused(id, form, error, paper=form)
    flash(gettext("%(name)s hat jetzt eine Aufgabe im Portal.", name=thread.citizen.name))
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/termin")
@staff(Right.WRITE_MESSAGES)
@commits
def invite(id: UUID) -> ResponseReturnValue:
    """Turn a message into an invitation to a talk."""
    by, thread = signed_in_staff(), _locked(id)
    turning.invite(db.session, thread=thread, by=by, land=_land(), now=clock.now())
    flash(gettext("%(name)s ist eingeladen und sucht die Zeit aus.", name=thread.citizen.name))
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/keine-antwort")
@staff(Right.WRITE_MESSAGES)
@commits
def needs_no_answer(id: UUID) -> ResponseReturnValue:
    """Say that no answer is needed."""
    return _done(id, service.needs_no_answer, gettext("Erledigt, ohne Antwort."))


@blueprint.post("/<uuid:id>/abschliessen")
@staff(Right.WRITE_MESSAGES)
@commits
def close(id: UUID) -> ResponseReturnValue:
    """End the thread."""
    return _done(id, service.close, gettext("Die Unterhaltung ist abgeschlossen."))


@blueprint.post("/<uuid:id>/oeffnen")
@staff(Right.WRITE_MESSAGES)
@commits
def reopen(id: UUID) -> ResponseReturnValue:
    """Open the thread again."""
    return _done(id, service.reopen, gettext("Die Unterhaltung ist wieder offen."))


# What the views share


def _done(id: UUID, deed: Callable[..., None], said: str) -> ResponseReturnValue:
    deed(db.session, thread=_locked(id), by=signed_in_staff(), now=clock.now())
    flash(said, "success")
    return redirect(url_for(".show", id=id))


def _locked(id: UUID) -> Thread:
    return queries.thread_for(db.session, id, asker=signed_in_staff(), lock=True)


def _written(form: forms.AnswerForm) -> dict[str, Any]:
    return {
        "text": form.text.data or "",
        "reply_by": form.reply_by.data,
        "papers": Papers(form.chosen_papers, form.files.data or ()),
        "key": form.sent_key,
        "by": signed_in_staff(),
        "land": _land(),
        "now": clock.now(),
    }


def _refused(id: UUID, form: Any, error: PortalError, **page: Any) -> ResponseReturnValue:
    """Show the page again with what was wrong; what was typed stays."""
    db.session.rollback()
    by = signed_in_staff()
    if _sent_before(form):
        return redirect(url_for(".show", id=id))
    form.refuse(error)
    return _page(queries.thread_for(db.session, id, asker=by), **page), error.status


def _refused_new(case_id: UUID, form: forms.StartForm, error: PortalError) -> ResponseReturnValue:
    db.session.rollback()
    if done := _sent_before(form):
        return redirect(url_for(".show", id=done.id))
    form.refuse(error)
    case = casefiles.case_for_staff(db.session, case_id, asker=signed_in_staff())
    return _new_page(case, form), error.status


def _sent_before(form: Any) -> Thread | None:
    """Return the thread in which the first of two clicks has written."""
    key = form.sent_key if isinstance(form, forms.AnswerForm) else None
    return queries.thread_with_key(db.session, key, asker=signed_in_staff()) if key else None


def _new_page(case: Case, form: forms.StartForm) -> str:
    _offered(form, case)
    citizen = next(
        (one.citizen for one in case.members if str(one.citizen_id) == form.person.data),
        case.members[0].citizen if case.members else None,
    )
    if citizen is None:
        raise NotFound
    _insert_block(form, case=case, citizen=citizen)
    kept = _kept(f"answer-{signed_in_staff().id}-case-{case.id}")
    return render_template(NEW, case=case, form=form, key=_key(form), kept=kept)


def _offered(form: forms.StartForm, case: Case) -> forms.StartForm:
    form.offer([member.citizen for member in case.members])
    _offer(form, {member.citizen_id for member in case.members})
    return form


def _ready(form: forms.AnswerForm, thread: Thread) -> forms.AnswerForm:
    _offer(form, {thread.citizen_id})
    return form


def _offer(form: forms.AnswerForm, people: set[UUID]) -> None:
    """Offer text blocks, and the papers of those to whom it may go."""
    by = signed_in_staff()
    form.offer_blocks(queries.blocks_of(db.session, asker=by))
    form.offer_papers(queries.papers_to_send(db.session, people=people, asker=by))


def _insert_block(form: forms.AnswerForm, *, case: Case, citizen: Any) -> None:
    """Put the chosen block behind what was typed, with its places filled."""
    if "insert" not in request.form or form.block_id is None:
        return
    by = signed_in_staff()
    block = queries.block_for(db.session, form.block_id, asker=by)
    values = blanks.values(citizen=citizen, case=case, by=by, now=clock.now())
    typed = (form.text.data or "").rstrip()
    text = placeholders.fill(block.text, values)
    form.text.data = f"{typed}\n\n{text}" if typed else text
    form.text.raw_data, form.block.data = [form.text.data], ""


def _page(thread: Thread, **typed: Any) -> str:
    """Render a thread; `typed` holds the form that was sent, under its name."""
    by = signed_in_staff()
    # The stamp is read first: what moves meanwhile is shown again.
    stamp = queries.stamp(db.session, thread=thread, asker=by, today=_today())
    found = queries.entries_of(db.session, thread=thread, asker=by)
    answer = _ready(typed.get("answer") or forms.AnswerForm(formdata=None), thread)
    _insert_block(answer, case=thread.case, citizen=thread.citizen)
    usual = deadlines.usual_day(_today(), land=_land())
    return render_template(
        "threads/staff/show.html",
        stamp=stamp,
        entries=_entries(thread, found),
        form=next(iter(typed.values()), answer),
        answer=answer,
        key=_key(answer),
        kept=_kept(f"answer-{by.id}-{thread.id}", found),
        remark=typed.get("remark") or forms.RemarkForm(formdata=None),
        hand_over=typed.get("hand_over") or HandOverForm(formdata=None).offer(_colleagues(thread)),
        paper=typed.get("paper") or forms.PaperForm(formdata=None, due_on=usual),
        deed=forms.DeedForm(formdata=None),
        opened=set(typed),
        **_stand(thread, found),
    )


def _entries(thread: Thread, found: Sequence[Entry]) -> list[dict[str, Any]]:
    by = signed_in_staff()
    papers = queries.papers_of(db.session, entries=found, asker=by)
    return shown.entries(found, papers, asker=by, folded=_folded(thread))


def _folded(thread: Thread) -> dict[datetime, datetime]:
    return notifications.folded_about(db.session, (service.SUBJECT, thread.id))


def _stand(thread: Thread, found: Sequence[Entry]) -> dict[str, Any]:
    """Return where the thread stands, as `threads/staff/_stand.html` shows it."""
    return {
        "thread": thread,
        "stand": shown.stand_for_staff(thread, today=_today()),
        "details": shown.details(thread, today=_today()),
        "sign": shown.sign(thread, found),
    }


def _kept(place: str, found: Sequence[Entry] = ()) -> dict[str, str]:
    """Return what a page needs to keep a text on this device (`components/kept_text.html`)."""
    own = (one.sent_key for one in reversed(found) if one.side is Side.OFFICE and one.sent_key)
    keys = " ".join(crypto.keys_for_browser(str(signed_in_staff().id)))
    return {"keys": keys, "place": place, "taken": str(next(own, ""))}


def _colleagues(thread: Thread) -> Any:
    team = accounts.colleagues_of(db.session, asker=signed_in_staff())
    return queries.colleagues_for(db.session, thread=thread, team=team)


def _key(form: forms.AnswerForm) -> str:
    return str(form.sent_key or forms.new_key())


def _next_after(thread: Thread) -> ResponseReturnValue:
    """Lead to the next thing of the inbox when the thread was opened from there."""
    if request.form.get("weiter"):
        return redirect(url_for("staff_inbox.next_item", von=thread.id))
    return redirect(url_for(".show", id=thread.id))


def _today() -> Any:
    return clock.local_date(clock.now())


def _land() -> str:
    return str(current_app.config["SETTINGS"].land)
