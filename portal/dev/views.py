"""The demo pages; they exist with `--demo` only."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from portal.accounts import queries as accounts
from portal.accounts import session as sessions
from portal.accounts import words as accounts_words
from portal.accounts.keys import Method
from portal.core import clock
from portal.core.access import anyone
from portal.core.db import commits, db
from portal.core.errors import NotFound
from portal.dev import early, gallery, mailbox, trust, words
from portal.dev.people import CITIZENS
from portal.notifications import queries as notifications
from portal.notifications.models import Message

blueprint = Blueprint("dev", __name__, url_prefix="/dev")
blueprint.add_url_rule("/bausteine", "gallery", gallery.show)

_STORIES: Mapping[str, str] = {
    demo.email: ", ".join(
        said
        for said in (
            words.STORIES.get(demo.story, demo.story),
            trust.WORDS.get(demo.last_name),
            words.TRUST.get(demo.email.partition("@")[0]),
        )
        if said
    )
    for demo in CITIZENS
}

# The mail as a mail program shows it: with its own styles, and without scripts or anything loaded.
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"


@blueprint.get("")
@anyone
def menu() -> ResponseReturnValue:
    """Show what the demo office offers."""
    return render_template("dev/menu.html")


@blueprint.get("/anmelden-als")
@anyone
def sign_in_as() -> ResponseReturnValue:
    """List the people of the office."""
    return render_template(
        "dev/sign_in_as.html",
        citizens=accounts.citizens(db.session),
        staff=accounts.staff_members(db.session),
        stories=_STORIES,
        roles=accounts_words.ROLES,
    )


@blueprint.post("/anmelden-als")
@anyone
@commits
def become() -> ResponseReturnValue:
    """Sign in as somebody without a password."""
    kind, _, id = request.form.get("person", "").partition(":")
    person = accounts.person_by_id(db.session, kind, _uuid(id))
    sessions.begin(person, Method.DEMO)
    return redirect("/amt" if kind == "staff" else "/")


@blueprint.get("/postfach", endpoint="mailbox")
@anyone
def mailbox_list() -> ResponseReturnValue:
    """Show all mails, newest first, or those to one address."""
    address = request.args.get("adresse", "").strip()
    messages = notifications.latest_messages(db.session, address=address or None)
    return render_template("dev/mailbox.html", messages=messages, address=address)


@blueprint.get("/postfach/<uuid:id>")
@anyone
def mail(id: UUID) -> ResponseReturnValue:
    """Show one mail as text, with its links and what goes with it."""
    message = _message(id)
    return render_template("dev/mail.html", message=message, pieces=mailbox.pieces(message.text))


@blueprint.get("/postfach/<uuid:id>/ansicht")
@anyone
def mail_as_sent(id: UUID) -> ResponseReturnValue:
    """Show one mail as a mail program does, sealed off from the portal."""
    page = Response(_message(id).html, mimetype="text/html")
    page.headers["Content-Security-Policy"] = _MAIL_POLICY
    return page


@blueprint.get("/postfach/<uuid:id>/anhang/<int:number>")
@anyone
def enclosure(id: UUID, number: int) -> ResponseReturnValue:
    """Hand out what goes with a mail."""
    enclosed = _message(id).attachments
    if not 0 < number <= len(enclosed):
        raise NotFound
    found = enclosed[number - 1]
    answer = Response(found.content, content_type=found.content_type)
    answer.headers.set("Content-Disposition", "attachment", filename=found.filename)
    return answer


@blueprint.get("/termin-jetzt")
@anyone
def talks() -> ResponseReturnValue:
    """List the talks that can begin at once."""
    return render_template("dev/talks.html", talks=early.coming_talks(db.session, now=clock.now()))


@blueprint.post("/termin-jetzt")
@anyone
@commits
def begin_talk() -> ResponseReturnValue:
    """Let a talk begin this minute."""
    id, now = _uuid(request.form.get("termin", "")), clock.now()
    booking = early.begin_now(db.session, id=id, now=now)
    if request.form.get("mit_gast"):
        early.let_an_interpreter_wait(db.session, booking=booking, now=now)
    flash(f"Der Termin von {booking.citizen.name} mit {booking.staff_member.name} beginnt jetzt.")
    return redirect(url_for(".talks"))


@blueprint.get("/csrf")
@anyone
def csrf_token() -> ResponseReturnValue:
    """Hand out a CSRF token, for tests that post without loading the form first."""
    sessions.whoever_is_signed_in()  # a page for somebody else marks its tokens
    return generate_csrf(), {"Content-Type": "text/plain"}


def _message(id: UUID) -> Message:
    found = notifications.message_by_id(db.session, id)
    if found is None:
        raise NotFound
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error
