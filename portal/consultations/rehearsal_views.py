"""The rehearsal at any hour: try everything with the real media server, no appointment needed."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import devices
from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.consultations import answers, profiles
from portal.consultations.rehearsal_forms import MeasuredForm
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput

blueprint = Blueprint("rehearsal", __name__, url_prefix="/beratung/probe")


@blueprint.get("")
@citizens(Power.BOOK)
def index() -> ResponseReturnValue:
    """Show the rehearsal and what the last one has shown."""
    answers.allow_call()
    profile = profiles.of(db.session, signed_in_citizen().id)
    words = profiles.for_citizen(profile)
    return render_template("consultations/rehearsal.html", profile=profile, profile_words=words)


@blueprint.post("/ticket")
@citizens(Power.BOOK)
@limited("call")
@commits
def echo() -> ResponseReturnValue:
    """Hand out the ticket for a room in which one meets oneself."""
    return answers.echo(by=signed_in_citizen())


@blueprint.post("/ergebnis")
@citizens(Power.BOOK)
@limited("rehearsal")
@commits
def result() -> ResponseReturnValue:
    """Keep how it went; the officer sees it before the next talk."""
    form = MeasuredForm()
    if not form.validate():
        raise InvalidInput(gettext("Das Ergebnis der Probe war unvollständig."))
    profile = profiles.keep(
        db.session,
        citizen=signed_in_citizen(),
        measured=form.measured,
        browser=devices.name_of(request.user_agent.string),
        now=clock.now(),
    )
    return jsonify(words=profiles.for_citizen(profile))


@blueprint.post("/vergessen")
@citizens(Power.BOOK)
@commits
def forget() -> ResponseReturnValue:
    """Forget the result."""
    profiles.forget(db.session, citizen=signed_in_citizen())
    flash(gettext("Das Ergebnis Ihrer Probe ist gelöscht."), "success")
    return redirect(url_for(".index"))
