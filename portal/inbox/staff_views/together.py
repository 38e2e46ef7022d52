"""One deed on many items of the list, and taking it back."""

from collections.abc import Sequence
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, PortalError
from portal.inbox import many, queries
from portal.inbox.follow_up_forms import FollowUpForm
from portal.inbox.forms import arguments_of, filters_from
from portal.inbox.list_models import Deed
from portal.inbox.models import WorkItem
from portal.inbox.staff_views.blueprint import blueprint, list_as_it_was
from portal.inbox.staff_views.handing_over import NAMED, ask_whom, hand_over_form
from portal.office import queries as office

TOLD = 5
"""How many refusals are told one by one."""


@blueprint.post("/gemeinsam")
@staff(Right.USE_INBOX)
@commits
def do_together() -> ResponseReturnValue:
    """Do one deed on the ticked items, or on all that the filters find."""
    asker, deed = signed_in_staff(), request.form.get("schritt", "")
    if deed not in set(Deed):
        raise InvalidInput(gettext("Wählen Sie, was mit den Vorgängen geschehen soll."))
    ids = _ticked(asker)
    if deed == Deed.LATER:
        return _ask_when(FollowUpForm(None), many.chosen(db.session, ids, by=asker))
    if deed == Deed.GIVE:
        return _give(many.chosen(db.session, ids, by=asker), by=asker)
    _tell(many.do(db.session, deed=Deed(deed), ids=ids, by=asker, now=clock.now()))
    return redirect(list_as_it_was(), 303)


def _give(items: Sequence[WorkItem], *, by: StaffMember) -> ResponseReturnValue:
    """Hand the items over; where none could be, what was chosen and written stays on the page."""
    form = hand_over_form(items)
    if not form.validate_on_submit():
        return ask_whom(form, items, together=True), 422
    outcome = many.do(
        db.session,
        deed=Deed.GIVE,
        ids=[item.id for item in items],
        to=form.chosen,
        note=form.note.data or "",
        by=by,
        now=clock.now(),
    )
    if not outcome.done:
        form.form_errors.extend(outcome.refused[:TOLD])
        return ask_whom(form, items, together=True), 422
    _tell(outcome)
    return redirect(list_as_it_was(), 303)


@blueprint.post("/gemeinsam/wiedervorlage")
@staff(Right.USE_INBOX)
@commits
def put_off_together() -> ResponseReturnValue:
    """Put a follow-up with one day and one note beside each of the ticked items."""
    asker, form, ids = signed_in_staff(), FollowUpForm(), _ticked(signed_in_staff())
    if not form.validate_on_submit():
        return _ask_when(form, many.chosen(db.session, ids, by=asker)), 422
    given = {"day": form.given["day"], "note": form.note.data or "", "is_private": form.is_private}
    land = current_app.config["SETTINGS"].land
    try:
        outcome = many.put_off(db.session, ids=ids, by=asker, now=clock.now(), land=land, **given)
    except PortalError as error:
        form.refuse(error)
        return _ask_when(form, many.chosen(db.session, ids, by=asker)), error.status
    _tell(outcome)
    return redirect(list_as_it_was(), 303)


@blueprint.post("/zuruecknehmen")
@staff(Right.USE_INBOX)
@commits
def take_back() -> ResponseReturnValue:
    """Bring the items of the latest deed back to what was before."""
    asker, id = signed_in_staff(), request.form.get("um", type=UUID)
    if id is None:
        raise InvalidInput(gettext("Hier ist nichts zurückzunehmen."))
    outcome = many.take_back(db.session, id=id, by=asker, now=clock.now())
    flash(
        ngettext(
            "Bei einem Vorgang zurückgenommen.",
            "Bei %(num)d Vorgängen zurückgenommen.",
            outcome.done,
        ),
        "success" if outcome.done else "info",
    )
    if outcome.refused:
        flash(
            ngettext(
                "Ein Vorgang bleibt: Jemand hat inzwischen daran weitergearbeitet.",
                "%(num)d Vorgänge bleiben: Jemand hat inzwischen daran weitergearbeitet.",
                len(outcome.refused),
            ),
            "info",
        )
    return redirect(list_as_it_was(), 303)


def _ticked(asker: StaffMember) -> Sequence[UUID]:
    if not request.form.get("alle"):
        return request.form.getlist("id", type=UUID)[: queries.AT_ONCE]
    today = clock.local_date(clock.now())
    standing = office.standing_of(db.session, asker, day=today)
    return queries.first_ids(
        db.session, standing=standing, filters=filters_from(request.args), today=today
    )


def _ask_when(form: FollowUpForm, items: Sequence[WorkItem]) -> str:
    """Ask for the day and the note; all that is chosen goes along."""
    arguments = arguments_of(filters_from(request.args))
    return render_template(
        "inbox/staff/put_off.html", form=form, items=items, named=NAMED, arguments=arguments
    )


def _tell(outcome: many.Outcome) -> None:
    if outcome.done:
        flash(
            ngettext(
                "Bei einem Vorgang erledigt.", "Bei %(num)d Vorgängen erledigt.", outcome.done
            ),
            "success",
        )
    for refusal in outcome.refused[:TOLD]:
        flash(refusal, "info")
    more = len(outcome.refused) - TOLD
    if more > 0:
        flash(ngettext("Und ein weiterer nicht.", "Und %(num)d weitere nicht.", more), "info")
