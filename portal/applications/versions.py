"""Versions of forms: which one is begun today, and the words that a draft was begun on.

What comes with the portal stands on the shelf, in files. The words of every version that somebody
has begun to fill in are kept in the database, so that a newer portal can still read the draft; so
are the words of every edition, which is a shipped version with the changes of the office.

Which edition is the current one is asked anew each time (one query over an index); the words of an
edition never change and are kept in the process.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.applications import shelf
from portal.applications.definitions import Form
from portal.applications.models import Application, EditState, FormEdit, FormVersion
from portal.core.errors import NotFound

Version = tuple[str, int, int]

# Words of a version never change, so what was read once may be kept as long as the process lives.
_READ: dict[Version, Form] = {}
_SENT: dict[Version, tuple[dict[str, Any], Form]] = {}


def current(session: Session, form: str, day: date) -> Form | None:
    """Return the form that is begun on this day: the newest edition of the version it has then."""
    shipped = shelf.current(form, day)
    return None if shipped is None else _as_edited(session, [shipped], day)[0]


def offered(session: Session, day: date) -> tuple[Form, ...]:
    """Return every form that can be begun on this day, by name."""
    names = sorted({form.form for form in shelf.shipped().values()})
    found = (shelf.current(name, day) for name in names)
    return _as_edited(session, [form for form in found if form is not None], day)


def _as_edited(session: Session, shipped: Sequence[Form], day: date) -> tuple[Form, ...]:
    """Return each of these forms in its newest edition of this day; without one, as shipped."""
    found = session.execute(
        select(FormEdit.form, FormEdit.base_version, func.max(FormEdit.edition))
        .where(
            FormEdit.state == EditState.PUBLISHED,
            FormEdit.valid_from <= day,
            tuple_(FormEdit.form, FormEdit.base_version).in_(
                [(form.form, form.version) for form in shipped]
            ),
        )
        .group_by(FormEdit.form, FormEdit.base_version)
        .order_by(FormEdit.form)
    )
    newest = {(form, version): edition for form, version, edition in found}
    return tuple(
        kept(session, (form.form, form.version, edition))
        if (edition := newest.get((form.form, form.version)))
        else form
        for form in shipped
    )


def form_of(session: Session, *, application: Application) -> Form:
    """Return the form of a draft in the version that it was begun on."""
    wanted = (application.form, application.version, application.edition)
    shipped = shelf.shipped().get(wanted[:2])
    if shipped is not None and wanted[2] == shipped.edition:
        return shipped
    return kept(session, wanted)


def sent_form(application: Application) -> Form:
    """Return the form of a sent application from the words that were sent along with it.

    Most applications of a version carry the same words: comparing them is much faster than reading
    them again.
    """
    words: dict[str, Any] = application.sent_definition or {}
    version = (application.form, application.version, application.edition)
    known = _SENT.get(version)
    if known is None or known[0] != words:
        known = _SENT[version] = (words, Form.model_validate(words))
    return known[1]


def kept(session: Session, wanted: Version) -> Form:
    """Return the words of a version that somebody has begun to fill in; raise `NotFound`."""
    if wanted not in _READ:
        form, version, edition = wanted
        definition = session.scalar(
            select(FormVersion.definition).where(
                FormVersion.form == form,
                FormVersion.version == version,
                FormVersion.edition == edition,
            )
        )
        if definition is None:
            raise NotFound("Dieses Formular gibt es nicht mehr. Rufen Sie uns bitte an.")
        _READ[wanted] = Form.model_validate(definition)
    return _READ[wanted]


def keep(session: Session, form: Form, *, now: datetime) -> None:
    """Keep the words of a version, once."""
    definition = written(form)
    session.execute(
        insert(FormVersion)
        .values(
            form=form.form,
            version=form.version,
            edition=form.edition,
            definition=definition,
            sha256=digest(definition),
            kept_at=now,
        )
        .on_conflict_do_nothing()
    )


def written(form: Form) -> dict[str, Any]:
    """Return a form as it is kept and sent along."""
    return form.model_dump(mode="json", by_alias=True, exclude_none=True)


def digest(content: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return the SHA-256 over canonical JSON: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
