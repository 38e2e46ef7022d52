"""Writing to people. A message is a row in the transaction of the deed; the worker sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from portal.notifications.jobs import deliver
from portal.notifications.models import Attachment, Message


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
    address: str,
    recipient_id: UUID | None,
    now: datetime,
    context: dict[str, Any],
    enclosures: Sequence[Enclosure] = (),
) -> Message:
    """Write the message `templates/messages/<template>/` to `address` and queue its delivery.

    The three files subject.txt, body.txt and body.html get `context`. Nothing is sent if the deed
    rolls back.
    """
    folder = f"messages/{template}"
    message = Message(
        template=template,
        recipient_id=recipient_id,
        address=address,
        subject=" ".join(render_template(f"{folder}/subject.txt", **context).split()),
        text=render_template(f"{folder}/body.txt", **context).strip() + "\n",
        html=render_template(f"{folder}/body.html", **context),
        created_at=now,
        attachments=[
            Attachment(filename=e.filename, content_type=e.content_type, content=e.content)
            for e in enclosures
        ],
    )
    session.add(message)
    session.flush()  # the job needs the id
    deliver.enqueue(session, message_id=str(message.id))
    return message
