"""Staff pages of the contact rhythm: who is due, contacts by hand, tracks."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import contacts, queries
from portal.appointments.contacts_forms import CaseTrackForm, ContactForm, TrackForm
from portal.appointments.contacts_models import CareTrack, ContactWay
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame
from portal.core.requests import page_number

blueprint = Blueprint("staff_contacts", __name__, url_prefix="/amt/termine/kontakte")

TEAM = "team"


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def index() -> ResponseReturnValue:
    """Show who is to be met within two weeks, and how full each person is."""
    by, now = signed_in_staff(), clock.now()
    here, whose = page_number(), request.args.get("wer", "")
    mine = whose != TEAM
    found = contacts.due(
        db.session, asker=by, mine=mine, now=now, offset=(here - 1) * contacts.ON_ONE_PAGE
    )
    return render_template(
        "appointments/staff/contacts.html",
        found=found,
        loads=contacts.loads(db.session, asker=by, mine=mine, now=now),
        mine=mine,
        here=here,
        last=max(1, -(-found.count // contacts.ON_ONE_PAGE)),
    )


@blueprint.get("/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
def case(id: UUID) -> ResponseReturnValue:
    """Ask for a contact or for another track of one case."""
    return _case_page(_case(id))


@blueprint.post("/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def note(id: UUID) -> ResponseReturnValue:
    """Write a contact down."""
    found, form = _case(id), ContactForm()
    if not form.validate():
        return _case_page(found, form=form), 422
    try:
        contacts.note_contact(
            db.session,
            case=found,
            way=ContactWay(form.way.data),
            at=form.at,
            text=form.text.data.strip(),
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return _case_page(found, form=form), error.status
    flash(_("Der Kontakt ist eingetragen."))
    return redirect(url_for(".index"))


@blueprint.post("/<uuid:id>/betreuung")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def set_track(id: UUID) -> ResponseReturnValue:
    """Put a case on a track."""
    found, form = _case(id), CaseTrackForm().offer(contacts.tracks(db.session))
    if not form.validate():
        return _case_page(found, track_form=form), 422
    track = contacts.track_for(db.session, form.track.data)
    contacts.set_track(db.session, case=found, track=track, by=signed_in_staff(), now=clock.now())
    flash(_("Die Betreuungsform ist eingetragen."))
    return redirect(url_for(".case", id=id))


@blueprint.get("/betreuungsformen")
@staff(Right.STEER_CARE)
def tracks() -> ResponseReturnValue:
    """Show all tracks."""
    return render_template(
        "appointments/staff/care_tracks.html",
        tracks=contacts.tracks(db.session),
        today=clock.local_date(clock.now()),
    )


@blueprint.get("/betreuungsformen/<string:key>")
@staff(Right.STEER_CARE)
def track(key: str) -> ResponseReturnValue:
    """Ask what a track shall ask."""
    found = contacts.track_for(db.session, key)
    return _track_page(found, TrackForm(formdata=None, data=found.planned))


@blueprint.post("/betreuungsformen/<string:key>")
@staff(Right.STEER_CARE)
@commits
def change_track(key: str) -> ResponseReturnValue:
    """Change a track."""
    by, form = signed_in_staff(), TrackForm()
    found = contacts.track_for(db.session, key)
    if not form.validate():
        return _track_page(found, form), 422
    values = {name: value for name, value in form.data.items() if name != "csrf_token"}
    try:
        contacts.change_track(db.session, track=found, by=by, now=clock.now(), **values)
    except PortalError as error:
        blame(form, error)
        return _track_page(found, form), error.status
    flash(_("Die Betreuungsform ist geändert."))
    return redirect(url_for(".tracks"))


def _case(id: UUID) -> Case:
    return casefiles.case_for_staff(db.session, id, asker=signed_in_staff())


def _case_page(
    found: Case, *, form: ContactForm | None = None, track_form: CaseTrackForm | None = None
) -> str:
    here = clock.local(clock.now())
    empty: dict[str, Any] = {"formdata": None, "day": here.date(), "hour": here.time()}
    track = contacts.track_of(db.session, case=found)
    now_on = {"track": track.key} if track else {}
    offered = track_form or CaseTrackForm(formdata=None, data=now_on).offer(
        contacts.tracks(db.session)
    )
    return render_template(
        "appointments/staff/contact.html",
        case=found,
        track=track,
        today=here.date(),
        bookings=queries.bookings_of_case(
            db.session, case=found, asker=signed_in_staff(), now=clock.now()
        ),
        form=form or ContactForm(**empty),
        track_form=offered,
        failed=form or track_form,
    )


def _track_page(found: CareTrack, form: TrackForm) -> str:
    today = clock.local_date(clock.now())
    return render_template(
        "appointments/staff/care_track.html", track=found, form=form, today=today
    )
