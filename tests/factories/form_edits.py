"""Changes of forms by the office, made through the real verbs."""

from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.applications import editions, shelf
from portal.applications.definitions import Form
from portal.applications.editing import queries, service
from portal.applications.models import FormEdit
from portal.core import clock
from tests.factories import accounts

LABEL = "question/phone/label"
NEW_LABEL = {"de": "Telefonnummer für Rückfragen", "en": "Phone number for questions"}


def shipped(form: str = "probe") -> Form:
    """Return the shipped version of a form that holds today."""
    found = shelf.current(form, clock.local_date(clock.now()))
    assert found is not None
    return found


def begun(session: Session, by: StaffMember, form: str = "probe") -> FormEdit:
    """Begin a change."""
    return service.begin(session, form=shipped(form), by=by, now=clock.now())


def changed(
    session: Session,
    edit: FormEdit,
    by: StaffMember,
    at: str = LABEL,
    words: dict[str, str | None] | None = None,
) -> FormEdit:
    """Give a text other words, as somebody who has just opened it."""
    form = editions.apply(shipped(edit.form), editions.read(edit.changes))
    place = editions.slot(form, at)
    assert place is not None
    return service.change_words(
        session,
        edit=edit,
        at=at,
        words=words or dict(NEW_LABEL),
        seen=service.digest(place),
        by=by,
        now=clock.now(),
    )


def asked(session: Session, edit: FormEdit, by: StaffMember, **more: Any) -> str:
    """Add a question to a page; return its id."""
    question = {
        "type": "yes_no",
        "label": {"de": "Haben Sie ein Auto?", "en": "Do you have a car?"},
        "why": {"de": "Ein Auto ist Vermögen.", "en": "A car is an asset."},
        "optional": False,
        **more.pop("question", {}),
    }
    place = {"page": "anschrift", "after": None, **more}
    service.add_question(session, edit=edit, question=question, by=by, now=clock.now(), **place)
    added = [one for one in editions.read(edit.changes) if isinstance(one, editions.Added)]
    return added[-1].question.id


def submitted(session: Session, edit: FormEdit, by: StaffMember, **more: Any) -> FormEdit:
    """Hand a change over."""
    given = {
        "title": "Telefon klarer",
        "why": "Viele rufen deswegen an.",
        "valid_from": clock.local_date(clock.now()),
        "revision": edit.revision,
        **more,
    }
    return service.submit(session, edit=edit, by=by, now=clock.now(), **given)


def published(
    session: Session, edit: FormEdit, by: StaffMember, note: str | None = None
) -> FormEdit:
    """Publish a change that waits."""
    return service.publish(
        session, edit=edit, revision=edit.revision, note=note, by=by, now=clock.now()
    )


def edition(session: Session, author: StaffMember, lead: StaffMember, **more: Any) -> FormEdit:
    """Make an edition with another label, published by somebody else."""
    edit = changed(session, begun(session, author), author, **more)
    return published(session, submitted(session, edit, author), lead)


def refused(session: Session, author: StaffMember) -> FormEdit:
    """Make a change that somebody else has refused."""
    edit = submitted(session, changed(session, begun(session, author), author), author)
    lead = accounts.staff_member(session, Role.TEAM_LEAD)
    return service.reject(
        session, edit=edit, revision=edit.revision, note="Zu lang", by=lead, now=clock.now()
    )


def open_edit(session: Session, form: str = "probe") -> FormEdit | None:
    """Return the change that is open, as the database has it."""
    session.expire_all()
    return queries.open_edit(session, form=form)
