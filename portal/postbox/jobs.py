"""What the worker does for letters: make the PDF, look after what nobody has opened."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from portal.core.jobs import Lane, every, job
from portal.postbox import deadlines, filing, following, queries

LATE = timedelta(minutes=10)
COMES_BACK = timedelta(days=60)
"""A notice is tried for days, and what it gives back is believed for thirty (`bouncing`)."""


@job("postbox.file_letter", lane=Lane.PROMPT)
def file_letter(session: Session, *, now: datetime, letter_id: str) -> None:
    """Make the PDF of one letter, once, and send it on its way."""
    letter = queries.letter_to_file(session, UUID(letter_id))
    if letter is not None:
        filing.file(session, letter=letter, now=now)


@every("*/10 * * * *", "postbox.follow")
def follow(session: Session, *, now: datetime) -> None:
    """Look after what lies unopened in the portal; write again what got stuck."""
    land = current_app.config["SETTINGS"].land
    for letter in queries.letters_to_follow(session):
        following.follow(session, letter=letter, now=now, land=land)
    for letter in queries.letters_bounced(session, since=now - COMES_BACK):
        following.follow(session, letter=letter, now=now, land=land)
    for letter in queries.letters_to_settle(session):
        deadlines.settle(session, letter=letter, now=now, land=land)
    for id in queries.unfiled_since(session, before=now - LATE):
        file_letter.enqueue(session, letter_id=str(id))
