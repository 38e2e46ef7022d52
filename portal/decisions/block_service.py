"""The deeds of text blocks: write the next version, take one out of use."""

import re
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.core import placeholders
from portal.core.db import lost_race, new_id
from portal.core.errors import InvalidInput, NotFound
from portal.decisions import blocks, queries
from portal.decisions.models import Ruling, TextBlock

_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")


def write(
    session: Session,
    *,
    key: str,
    title: str,
    text: str,
    rulings: Sequence[str],
    by: StaffMember,
    now: datetime,
) -> TextBlock:
    """Write the next version of a text block; decisions that have chosen it keep the old words.

    Raise `InvalidInput` for a placeholder that nobody fills.
    """
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            gettext("Der Name hat nur kleine Buchstaben, Ziffern und Unterstriche."), field="title"
        )
    placeholders.names_in(text, known=blocks.KNOWN, field="text")
    if '"' in text:
        raise InvalidInput(
            gettext("Nehmen Sie „diese Anführungszeichen“ statt der geraden."), field="text"
        )
    known = [Ruling(one).value for one in rulings]
    return _next(session, key=key, title=title, text=text, rulings=known, by=by, now=now)


def retire(session: Session, *, key: str, by: StaffMember, now: datetime) -> None:
    """Take a text block out of use; a version says so, and the next one brings it back."""
    found = queries.blocks_now(session).get(key)
    if found is None:
        raise NotFound
    made = _next(
        session,
        key=key,
        title=found.title,
        text=found.text,
        rulings=[one.value for one in found.rulings],
        by=by,
        now=now,
    )
    made.is_retired = True


def _next(
    session: Session,
    *,
    key: str,
    title: str,
    text: str,
    rulings: list[str],
    by: StaffMember,
    now: datetime,
) -> TextBlock:
    newest = next(iter(queries.versions_of(session, key=key)), None)
    made = TextBlock(
        id=new_id(),
        key=key,
        version=newest.version + 1 if newest else 1,
        title=title,
        text=text,
        rulings=rulings,
        made_at=now,
        made_by_name=by.name,
    )
    with lost_race(session, "uq_text_blocks", gettext("Jemand war schneller. Laden Sie neu.")):
        session.add(made)
        session.flush()  # the constraint answers now
    audit.record(
        session,
        deed="decisions.block_written",
        subject=("text_block", made.id),
        by=by,
        now=now,
        key=key,
        version=made.version,
    )
    return made
