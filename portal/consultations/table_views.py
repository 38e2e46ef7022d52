"""Citizen pages of the table of a talk, of its note, and of what went wrong with the technology."""

from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.casefiles import answers
from portal.casefiles.forms import AnswerForm
from portal.consultations import notes, problems, queries, rules, table
from portal.consultations.note_forms import ProblemForm, RemarkForm
from portal.consultations.queries import Room
from portal.consultations.rules import Stage
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.fields import blame
from portal.uploads import baskets

blueprint = Blueprint("consultation_table", __name__, url_prefix="/beratung")


@blueprint.get("/<uuid:id>/tisch")
@citizens(Power.BOOK)
def show(id: UUID) -> ResponseReturnValue:
    """Tell an open call what lies on the table: a shown page, the note as far as it is shown."""
    found = _inside(id)
    me = signed_in_citizen()
    page = table.page_on(db.session, consultation=found.consultation, viewer=me)
    words = render_template("consultations/_table.html", room=found, page=page)
    return jsonify(words=words)


@blueprint.get("/<uuid:id>/gezeigt/<int:number>")
@citizens(Power.BOOK)
def page(id: UUID, number: int) -> ResponseReturnValue:
    """Send the picture of the page that is shown to all at the moment."""
    talk, me = _inside(id).consultation, signed_in_citizen()
    shown = table.page_of(db.session, consultation=talk, number=number, viewer=me)
    return answers.picture(shown.image_file_id)


@blueprint.get("/<uuid:id>/abgeben")
@citizens(Power.UPLOAD)
def desk(id: UUID) -> ResponseReturnValue:
    """Show where something is handed in without leaving the talk."""
    return _desk(_inside(id), AnswerForm())


@blueprint.post("/<uuid:id>/abgeben")
@citizens(Power.UPLOAD)
@limited("upload")
@commits
def hand_over(id: UUID) -> ResponseReturnValue:
    """Take in what was photographed or picked; the talk goes on."""
    found, form = _inside(id), AnswerForm()
    if not form.validate():
        return _desk(found, form), 422
    try:
        taken = table.take_in(
            db.session,
            room=found,
            groups=baskets.picked(form.upload_ids, form.picked, together=form.together.data),
            by=signed_in_citizen(),
            now=clock.now(),
        )
    except PortalError as error:
        db.session.rollback()
        blame(form, error)
        return _desk(_inside(id), form), error.status
    return _desk(found, AnswerForm(formdata=None), arrived=len(taken))


@blueprint.post("/<uuid:id>/anmerkung")
@citizens(Power.BOOK)
@commits
def remark(id: UUID) -> ResponseReturnValue:
    """Keep what the citizen says about the note."""
    found, form = _room(id), RemarkForm()
    if not form.validate():
        return render_template("consultations/remark.html", room=found, form=form), 422
    notes.remark(
        db.session,
        booking=found.booking,
        text=form.text.data or "",
        by=signed_in_citizen(),
        now=clock.now(),
    )
    flash(gettext("Ihre Anmerkung ist gespeichert. Das Jobcenter kann sie lesen."), "success")
    return redirect(url_for("consultations.room", id=id))


@blueprint.get("/<uuid:id>/stoerung")
@citizens(Power.BOOK)
def problem_page(id: UUID) -> ResponseReturnValue:
    """Ask what did not work."""
    return render_template(
        "consultations/problem.html", room=_room(id), form=ProblemForm(formdata=None)
    )


@blueprint.post("/<uuid:id>/stoerung")
@citizens(Power.BOOK)
@commits
def report_problem(id: UUID) -> ResponseReturnValue:
    """Keep what did not work: nobody is blamed for technology."""
    found, form = _room(id), ProblemForm()
    if not form.validate():
        return render_template("consultations/problem.html", room=found, form=form), 422
    problems.report(
        db.session,
        booking=found.booking,
        consultation=found.consultation,
        problem=form.choice,
        text=form.text.data or "",
        by=signed_in_citizen(),
        now=clock.now(),
    )
    flash(
        gettext("Danke. Wir haben es beim Termin vermerkt. Es entsteht Ihnen kein Nachteil."),
        "success",
    )
    return redirect(url_for("consultations.room", id=id))


def _desk(found: Room, form: AnswerForm, *, arrived: int = 0) -> Response:
    before = queries.papers_of(db.session, consultation=found.consultation)
    basket = f"gespraech-{found.booking.id}-{len(before)}"  # what was handed over leaves no rest
    words = render_template(
        "consultations/_desk.html",
        room=found,
        form=form,
        arrived=arrived,
        basket=basket,
        waiting=baskets.waiting(basket),
    )
    return jsonify(words=words)


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_citizen())


def _inside(id: UUID) -> Room:
    """Return the room of who was let in; from outside there is no table."""
    found = _room(id)
    stage = rules.stage(found.booking, found.consultation, found.ticket, now=clock.now())
    if stage != Stage.ADMITTED:
        raise NotFound
    return found
