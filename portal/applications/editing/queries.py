"""Reading changes of forms: the open one, those that wait, what was before, how many drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as account_queries
from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.applications import editions, shelf, versions
from portal.applications.definitions import Form
from portal.applications.editions import Change
from portal.applications.models import Application, ApplicationState, EditState, FormEdit
from portal.core.errors import NotFound

OPEN = (EditState.DRAFT, EditState.SUBMITTED)
IN_FORCE = (EditState.PUBLISHED, EditState.SUPERSEDED)


def approvers(session: Session, *, edit: FormEdit) -> list[StaffMember]:
    """Return who may publish a change: everybody with the right who had no hand in it."""
    may = account_queries.staff_with_right(session, Right.PUBLISH_FORMS)
    return [one for one in may if str(one.id) not in edit.editors and one.id != edit.prepared_by_id]


@dataclass(frozen=True)
class Work:
    """A form on the desk: as shipped, as it is now, and the open change of it, if there is one."""

    shipped: Form
    current: Form
    edit: FormEdit | None

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return what the open change changes."""
        return editions.read(self.edit.changes) if self.edit else ()

    @property
    def edited(self) -> Form:
        """Return the form as it reads with the open change, else as it is now.

        What does not fit any more, because a newer version was shipped meanwhile, is left out.
        """
        if self.edit is None:
            return self.current
        return editions.apply(self.shipped, editions.fitting(self.shipped, self.changes))

    @property
    def is_outdated(self) -> bool:
        """Tell whether a newer version was shipped since the change was begun."""
        return self.edit is not None and self.edit.base_version != self.shipped.version


def work_on(session: Session, form: str, *, asker: StaffMember, day: date) -> Work:
    """Return a form with the change that is open for it, or raise `NotFound`."""
    accounts.check(asker, Right.EDIT_FORMS)
    shipped, current = shelf.current(form, day), versions.current(session, form, day)
    if shipped is None or current is None:
        raise NotFound
    return Work(shipped, current, open_edit(session, form=form))


def _edits() -> Select[FormEdit]:
    return select(FormEdit).options(
        joinedload(FormEdit.prepared_by),
        joinedload(FormEdit.submitted_by),
        joinedload(FormEdit.decided_by),
    )


def open_edit(session: Session, *, form: str) -> FormEdit | None:
    """Return the change of a form that is being worked on or waits, if there is one."""
    return session.scalar(
        _edits().where(FormEdit.form == form, FormEdit.state.in_(OPEN)).order_by(FormEdit.id)
    )


def edit_for(session: Session, id: UUID, *, asker: StaffMember) -> FormEdit:
    """Return one change of a form, or raise `NotFound`."""
    accounts.check(asker, Right.EDIT_FORMS)
    found = session.scalar(_edits().where(FormEdit.id == id))
    if found is None:
        raise NotFound
    return found


def to_change(session: Session, *, edit: FormEdit) -> FormEdit:
    """Return a change of a form as it is now, locked until this transaction ends."""
    return session.scalars(
        select(FormEdit)
        .where(FormEdit.id == edit.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def history(session: Session, *, form: str) -> Sequence[FormEdit]:
    """Return every change of a form that was ever begun, the newest first."""
    return session.scalars(
        _edits()
        .where(FormEdit.form == form)
        .order_by(FormEdit.prepared_at.desc(), FormEdit.id)
        .limit(200)
    ).all()


def open_edits(session: Session) -> dict[str, FormEdit]:
    """Return the open change of every form by its name."""
    found = session.scalars(_edits().where(FormEdit.state.in_(OPEN)).order_by(FormEdit.form))
    return {edit.form: edit for edit in found}


def published(session: Session, *, form: str, up_to: int) -> FormEdit | None:
    """Return what was published last for this version of a form, else for the version before."""
    return session.scalar(
        _edits()
        .where(
            FormEdit.form == form,
            FormEdit.base_version <= up_to,
            FormEdit.state == EditState.PUBLISHED,
        )
        .order_by(FormEdit.base_version.desc(), FormEdit.edition.desc())
        .limit(1)
    )


def last_edition(session: Session, *, form: str, version: int) -> int:
    """Return the number of the newest edition of a version, 0 if there is none."""
    return (
        session.scalar(
            select(func.max(FormEdit.edition)).where(
                FormEdit.form == form, FormEdit.base_version == version
            )
        )
        or 0
    )


def earlier(session: Session, *, edit: FormEdit) -> Sequence[FormEdit]:
    """Return what is published of the same form besides this."""
    return session.scalars(
        select(FormEdit)
        .where(
            FormEdit.form == edit.form,
            FormEdit.id != edit.id,
            FormEdit.state == EditState.PUBLISHED,
        )
        .order_by(FormEdit.base_version, FormEdit.edition)
    ).all()


def draft_counts(session: Session) -> Mapping[str, int]:
    """Return how many drafts of each form are open."""
    found = session.execute(
        select(Application.form, func.count())
        .where(Application.state == ApplicationState.DRAFT)
        .group_by(Application.form)
        .order_by(Application.form)
    )
    return {row[0]: row[1] for row in found}


def left_behind(session: Session, *, day: date) -> list[tuple[FormEdit, int]]:
    """Return the last published change of each form whose shipped version is newer, and how many
    of its changes no longer fit.

    They are not lost: whoever begins a change of the newer version starts with those that fit.
    """
    newest: dict[str, FormEdit] = {}
    for edit in session.scalars(
        select(FormEdit)
        .where(FormEdit.state == EditState.PUBLISHED)
        .order_by(FormEdit.form, FormEdit.base_version, FormEdit.edition)
    ):
        newest[edit.form] = edit
    found = []
    for edit in newest.values():
        shipped = shelf.current(edit.form, day)
        if shipped is not None and shipped.version > edit.base_version:
            lost = editions.conflicts(shipped, editions.read(edit.changes))
            found.append((edit, len(lost)))
    return found
