"""Writing to people, by mail or short message.

A message is a row in the transaction of the deed; the worker sends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, render_template
from flask_babel import force_locale
from jinja2 import Template
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.core import i18n
from portal.core.errors import InvalidInput
from portal.notifications import limits, queries, quiet, sms, topics
from portal.notifications.jobs import AHEAD, BEHIND, deliver, tell_browser
from portal.notifications.models import Message, MessageAttachment, MessageState


@dataclass(frozen=True)
class Enclosure:
    """A small file to send along."""

    filename: str
    content_type: str
    content: bytes


def send(
    session: Session,
    *,
    template: str,
    address: str | None,
    recipient_id: UUID | None,
    now: datetime,
    context: dict[str, Any],
    enclosures: Sequence[Enclosure] = (),
    language: str = "de",
    at_once: bool = False,
    quiet_hours: bool = False,
    expires_at: datetime | None = None,
    about: tuple[str, UUID] | None = None,
    unopened_since: datetime | None = None,
) -> Message | None:
    """Write the message `templates/messages/<template>/` to `address` and queue its delivery.

    The files subject.txt, body.txt and body.html get `context`; a message to a mobile number is
    sms.txt, or the subject and where to read more. Nothing is sent if the deed
    rolls back. Who has given no address finds everything in the portal: nothing is written.

    A short message waits for the morning (`quiet`) unless somebody waits for it `at_once`; with
    `quiet_hours` a mail waits, too. In a language without a catalogue it is written in German.

    From `unopened_since` on, the reader has opened nothing of what it is `about`: an earlier one
    that was written after it and not long ago (`limits.STANDS_FOR`) tells of this one as well. The
    row is kept as folded into that, and nothing goes out.
    """
    if address is None:
        return None
    check_address(address)
    is_short = sms.is_number(address)
    keeps_quiet = quiet_hours or (is_short and not at_once)
    language = i18n.written_in(language)
    subject, text, html = _written(template, context, language, is_short=is_short)
    stands = _stands_for(
        session,
        template=template,
        recipient_id=recipient_id,
        address=address,
        about=about,
        unopened_since=unopened_since,
        now=now,
    )
    message = Message(
        template=template,
        recipient_id=recipient_id,
        address=address,
        subject=subject,
        text=text,
        html=html,
        created_at=now,
        language=language,
        keeps_quiet=keeps_quiet,
        expires_at=expires_at,
        about_kind=about[0] if about else None,
        about_id=about[1] if about else None,
        state=MessageState.FOLDED if stands else MessageState.WAITING,
        folded_into=stands.id if stands else None,
        attachments=[
            MessageAttachment(filename=e.filename, content_type=e.content_type, content=e.content)
            for e in enclosures
            if not is_short
        ],
    )
    session.add(message)
    session.flush()  # the job needs the id
    if stands:
        return message
    later = quiet.over_at(now) if keeps_quiet and quiet.is_quiet(now) else None
    deliver.enqueue(
        session,
        at=later,
        rank=0 if at_once else BEHIND,
        message_id=str(message.id),
        is_urgent=at_once,
    )
    if recipient_id is not None:
        tell_browsers(
            session,
            recipient_id=recipient_id,
            template=template,
            language=language,
            at_once=at_once,
            now=now,
        )
    return message


def tell_browsers(
    session: Session,
    *,
    recipient_id: UUID,
    template: str,
    language: str,
    now: datetime,
    at_once: bool = False,
    unopened_since: datetime | None = None,
) -> None:
    """Queue a word for each browser that wants it; it rings, so it waits for the morning.

    A browser that has told since `unopened_since`, and not long ago, says nothing new (`send`).
    """
    if not topics.is_pushed(template):
        return
    later = None if at_once or not quiet.is_quiet(now) else quiet.over_at(now)
    since = _folds_since(template, unopened_since, now)
    for one in queries.subscriptions_of(session, recipient_id):
        if since and one.told_at and one.told_at >= since:
            continue
        tell_browser.enqueue(
            session,
            at=later,
            subscription_id=str(one.id),
            language=i18n.written_in(language),
            since=now.isoformat(),
        )


def ring(
    session: Session, *, recipient_id: UUID, waiting: int, path: str, language: str, now: datetime
) -> None:
    """Queue for each browser of an officer how many people wait; at once, for somebody waits."""
    for one in queries.subscriptions_of(session, recipient_id):
        tell_browser.enqueue(
            session,
            subscription_id=str(one.id),
            language=i18n.written_in(language),
            since=now.isoformat(),
            waiting=waiting,
            path=path,
        )


def alarm(session: Session, *, recipient_id: UUID, path: str, language: str, now: datetime) -> None:
    """Queue for each browser of somebody, before all else, that the portal is to be opened."""
    for one in queries.subscriptions_of(session, recipient_id):
        tell_browser.enqueue(
            session,
            rank=AHEAD,
            subscription_id=str(one.id),
            language=i18n.written_in(language),
            since=now.isoformat(),
            path=path,
            alarm=True,
        )


def _stands_for(
    session: Session,
    *,
    template: str,
    recipient_id: UUID | None,
    address: str,
    about: tuple[str, UUID] | None,
    unopened_since: datetime | None,
    now: datetime,
) -> Message | None:
    """Return the message that tells of this one as well, if there is one."""
    since = _folds_since(template, unopened_since, now)
    if since is None or recipient_id is None or about is None:
        return None
    return queries.standing_for(
        session,
        template=template,
        recipient_id=recipient_id,
        address=address,
        about=about,
        since=since,
    )


def _folds_since(template: str, unopened_since: datetime | None, now: datetime) -> datetime | None:
    """Return from when on an earlier word stands for this one; None is: it goes out in any case."""
    if unopened_since is None or template not in limits.STANDS_FOR:
        return None
    return max(unopened_since, now - limits.STANDS_FOR[template])


def withdraw(session: Session, *, template: str, about: tuple[str, UUID]) -> None:
    """Keep back what still waits on its way: it is not true any more. What was sent stays sent."""
    session.execute(
        update(Message)
        .where(
            Message.template == template,
            Message.about_kind == about[0],
            Message.about_id == about[1],
            Message.state == MessageState.WAITING,
        )
        .values(state=MessageState.WITHDRAWN)
    )


def check_address(address: str) -> None:
    """Raise `InvalidInput` for what could smuggle a line or a second reader into a message.

    Good are one e-mail address, and a telephone number as E.164 writes it.
    """
    if sms.is_number(address):
        return
    if address.count("@") != 1 or not address.isprintable() or set(address) & set(' ,;:<>()[]"\\'):
        raise InvalidInput("Diese E-Mail-Adresse kann nicht stimmen.", field="email")


def _written(
    template: str, context: dict[str, Any], language: str, *, is_short: bool
) -> tuple[str, str, str]:
    """Render subject, text and HTML in the reader's language, with links to our own address.

    The request at hand is the writer's: its language, and its `Host` header, which anybody can set,
    must not reach the letter.
    """
    folder = f"messages/{template}"
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 (a proxy)
    with app.test_request_context(base_url=app.config["BASE_URL"]), force_locale(language):
        subject = " ".join(render_template(f"{folder}/subject.txt", **context).split())
        if is_short:
            text = _short(folder, subject, context)
            return text.partition("\n")[0].rstrip(":"), text, ""
        return (
            subject,
            render_template(f"{folder}/body.txt", **context).strip() + "\n",
            render_template(f"{folder}/body.html", **context),
        )


def _short(folder: str, subject: str, context: dict[str, Any]) -> str:
    room = sms.MOST_SIGNS - len(current_app.config["BASE_URL"]) - 1
    names: list[str | Template] = [f"{folder}/sms.txt", "layouts/sms.txt"]
    given = {**context, "subject": sms.shortened(subject, room=room)}
    return sms.plain(render_template(names, **given))
