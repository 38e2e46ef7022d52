"""Citizen pages of messages: the list, one thread, writing.

That a message was seen is a fact that both sides can read. It is written down when the page of its
thread is opened, as with letters, and never by what a browser fetches ahead.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal.accounts.for_whom import may
from portal.accounts.limits import limited
from portal.accounts.models import Citizen, Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.requests import page_number
from portal.messages import forms, law, queries, rules, service, shown
from portal.messages.models import Entry, Side, Thread, Topic
from portal.uploads import baskets
from portal.uploads.models import Upload

blueprint = Blueprint("threads", __name__, url_prefix="/nachrichten")


@blueprint.get("")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """List the threads, the latest first."""
    here, me = page_number(), signed_in_citizen()
    found = queries.threads_of(db.session, asker=me, page=here)
    today = clock.local_date(clock.now())
    return render_template(
        "threads/index.html",
        rows=shown.rows_of_citizen(found[: queries.PAGE], today=today),
        here=here,
        has_more=len(found) > queries.PAGE,
        can_write=queries.may_read(db.session, asker=me),
    )


@blueprint.get("/neu")
@citizens(Power.SEND)
def new() -> ResponseReturnValue:
    """Ask what it is about, and the message."""
    return _write_page(_may_write(), forms.WriteForm(formdata=None))


@blueprint.post("/neu")
@citizens(Power.SEND)
@limited("letter_to_office")
@commits
def send() -> ResponseReturnValue:
    """Take a message about something new."""
    me, form = _may_write(), forms.WriteForm()
    if not form.validate_on_submit():
        return _write_page(me, form), 422
    try:
        thread = service.begin(
            db.session,
            topic=Topic(form.topic.data),
            subject=form.subject.data or "",
            text=form.text.data or "",
            groups=_groups(form),
            **_given(form, me),
        )
    except PortalError as error:
        if done := _sent_before(form, me):
            return redirect(url_for(".show", id=done.id))
        form.refuse(error)
        return _write_page(me, form), error.status
    return redirect(url_for(".show", id=thread.id, _anchor="neu"))


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show one thread; that it was seen is written down."""
    me = signed_in_citizen()
    thread = queries.thread_for(db.session, id, asker=me)
    page = _page(thread, forms.ReplyForm(formdata=None))
    if "prefetch" not in request.headers.get("Sec-Purpose", ""):
        service.note_seen(db.session, thread=thread, by=me, now=clock.now())
    return page


@blueprint.get("/<uuid:id>/stand")
@citizens(Power.SEE)
def news(id: UUID) -> ResponseReturnValue:
    """Tell an open page whether the thread has moved, and what it shows now."""
    me, today = signed_in_citizen(), clock.local_date(clock.now())
    thread = queries.thread_for(db.session, id, asker=me)
    stamp = queries.stamp(db.session, thread=thread, asker=me, today=today)
    if stamp == request.args.get("seit"):
        return Response(status=204, mimetype="application/json")
    found = queries.entries_of(db.session, thread=thread, asker=me)
    return jsonify(
        stamp=stamp,
        list=render_template("threads/_entries.html", entries=_entries(found)),
        beside=render_template("threads/_stand.html", **_stand(thread)),
    )


@blueprint.post("/<uuid:id>/gesehen")
@citizens(Power.SEE)
@commits
def seen(id: UUID) -> ResponseReturnValue:
    """Take from an open page that somebody is there who has seen it, up to one entry."""
    me, last = signed_in_citizen(), forms.shown_last(request.form.get("bis"))
    thread = queries.thread_for(db.session, id, asker=me)
    if last is not None:
        service.note_seen(db.session, thread=thread, by=me, now=clock.now(), up_to=last)
    return Response(status=204, mimetype="application/json")


@blueprint.post("/<uuid:id>")
@citizens(Power.SEND)
@limited("letter_to_office")
@commits
def reply(id: UUID) -> ResponseReturnValue:
    """Take a message into a thread."""
    me, form = signed_in_citizen(), forms.ReplyForm()
    thread = queries.thread_for(db.session, id, asker=me, lock=True)
    if not form.validate_on_submit():
        return _page(thread, form), 422
    try:
        service.reply(
            db.session,
            thread=thread,
            text=form.text.data or "",
            groups=_groups(form),
            **_given(form, me),
        )
    except PortalError as error:
        if not _sent_before(form, me):
            form.refuse(error)
            return _page(queries.thread_for(db.session, id, asker=me), form), error.status
    return redirect(url_for(".show", id=id, _anchor="neu"))


def _may_write() -> Citizen:
    """Return the person whose messages these are; from the same household nobody writes them."""
    me = signed_in_citizen()
    if not queries.may_read(db.session, asker=me):
        raise NotFound
    return me


def _given(form: forms.WriteForm | forms.ReplyForm, me: Citizen) -> dict[str, Any]:
    return {"key": form.sent_key, "by": me, "land": _land(), "now": clock.now()}


def _groups(form: forms.WriteForm | forms.ReplyForm) -> list[list[Upload]]:
    if not may(Power.UPLOAD) or not (form.picked or form.upload_ids):
        return []
    return baskets.picked(form.upload_ids, form.picked, together=bool(form.together.data))


def _sent_before(form: forms.WriteForm | forms.ReplyForm, me: Citizen) -> Thread | None:
    """Undo what was begun; return the thread in which the first of two clicks has written."""
    db.session.rollback()
    key = form.sent_key
    return queries.thread_with_key(db.session, key, asker=me) if key else None


def _write_page(me: Citizen, form: forms.WriteForm) -> str:
    allow_devices()
    basket = "nachricht"
    return render_template(
        "threads/new.html",
        form=form,
        key=_key(form),
        basket=basket,
        waiting=baskets.waiting(basket) if may(Power.UPLOAD) else [],
        expected=_expected(None),
        place=f"message-{me.id}-new",
    )


def _page(thread: Thread, form: forms.ReplyForm) -> str:
    allow_devices()
    me, today = signed_in_citizen(), clock.local_date(clock.now())
    # The stamp is read first: what moves meanwhile is shown again.
    stamp = queries.stamp(db.session, thread=thread, asker=me, today=today)
    found = queries.entries_of(db.session, thread=thread, asker=me)
    basket = f"nachricht-{thread.id}"
    writes = may(Power.SEND)
    return render_template(
        "threads/show.html",
        stamp=stamp,
        entries=_entries(found),
        form=form,
        key=_key(form),
        basket=basket,
        waiting=baskets.waiting(basket) if writes and may(Power.UPLOAD) else [],
        place=f"message-{me.id}-{thread.id}",
        place_new=f"message-{me.id}-new",
        taken=_last_key(found),
        **_stand(thread),
    )


def _entries(found: Sequence[Entry]) -> list[dict[str, Any]]:
    me = signed_in_citizen()
    papers = queries.papers_of(db.session, entries=found, asker=me)
    return shown.entries(found, papers, asker=me)


def _stand(thread: Thread) -> dict[str, Any]:
    """Return where the thread stands, as `threads/_stand.html` shows it."""
    return {
        "thread": thread,
        "expected": _expected(thread) if thread.last_side is Side.CITIZEN else None,
        "away": _away(thread),
        "late": rules.late_for(thread, today=clock.local_date(clock.now())),
    }


def _key(form: forms.WriteForm | forms.ReplyForm) -> str:
    """Return the key that was drawn for this text, or a new one."""
    return str(form.sent_key or forms.new_key())


def _last_key(found: Sequence[Entry]) -> str:
    own = (one.sent_key for one in reversed(found) if one.side is Side.CITIZEN and one.sent_key)
    return str(next(own, ""))


def _expected(thread: Thread | None) -> str | None:
    if thread is not None and thread.waiting_since is None:
        return None
    now = clock.now()
    return shown.expected(
        thread,
        usual=queries.usual_days(db.session, now=now),
        until=law.answer_by(clock.local_date(now), land=_land()),
    )


def _away(thread: Thread) -> str | None:
    officer = rules.officer_of(thread)
    if officer is None or thread.closed_at is not None:
        return None
    today = clock.local_date(clock.now())
    return shown.away(queries.away(db.session, officer, today=today))


def _land() -> str:
    return str(current_app.config["SETTINGS"].land)
