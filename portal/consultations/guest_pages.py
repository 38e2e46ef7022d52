"""What the pages of guests do, whoever asks: with a link, or a colleague with an account."""

from typing import Any

from flask import flash, jsonify, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.casefiles import answers as pictures
from portal.consultations import (
    answers,
    guest_rules,
    guests,
    queries,
    roles,
    rules,
    service,
    shown,
    table,
)
from portal.consultations.doors import to
from portal.consultations.forms import TakingPartForm
from portal.consultations.guest_forms import NAMES, AgreeForm
from portal.consultations.guest_models import Guest
from portal.consultations.guest_rules import GuestStage
from portal.consultations.queries import Room
from portal.consultations.rules import Stage
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Conflict, NotFound

OVER = frozenset({Stage.CANCELLED, Stage.CLOSED, Stage.ENDED})
INVITED = "consultations/guests/invited.html"


class Visit:
    """One request of a guest: who it is, the room, and how far they have come."""

    def __init__(self, guest: Guest, device: str) -> None:
        guest_rules.check_is_valid(guest)
        self.guest = guest
        self.device = device
        self.found: Room = queries.room_of_guest(db.session, guest)
        self.ticket = self.found.place_of(guest)
        common = rules.stage(
            self.found.booking, self.found.consultation, self.ticket, now=clock.now()
        )
        here = guests.is_on(guest, device)
        self.stage = guest_rules.stage(guest, common, on_this_device=here)

    def check_is_here(self) -> None:
        """Raise for a device that is not the one of the guest, and before the promise."""
        if self.stage in {GuestStage.INVITED, GuestStage.OTHER_DEVICE}:
            raise Conflict(gettext("Öffnen Sie Ihren Link noch einmal und folgen Sie ihm."))

    @property
    def words(self) -> dict[str, Any]:
        """Return what the pages about the state are made of."""
        common = self.stage if isinstance(self.stage, Stage) else Stage.OPEN
        return {
            **shown.words(self.found, common, self.ticket, self.guest),
            **shown.ways(self.ticket, self.guest),
            "stage": self.stage,
            "guest": self.guest,
            "role_name": NAMES[self.guest.role],
        }


def room(visit: Visit, form: AgreeForm | None = None) -> ResponseReturnValue:
    """Show where the guest stands."""
    if visit.stage == Stage.ADMITTED:
        return redirect(to("call"))
    if visit.stage in OVER:
        return render_template("consultations/guests/over.html", **visit.words)
    if isinstance(visit.stage, GuestStage):
        form = form or AgreeForm(guest_name=visit.guest.called)
        page = f"consultations/guests/{visit.stage}.html"
        return render_template(page, form=form, **visit.words)
    return render_template(f"consultations/{visit.stage}.html", **visit.words)


def agree(visit: Visit) -> ResponseReturnValue:
    """Take the promise and the name; a second promise changes nothing."""
    if visit.stage != GuestStage.INVITED:
        return redirect(to("room"))
    form = AgreeForm()
    if not form.validate():
        return render_template(INVITED, form=form, **visit.words), 422
    name = form.guest_name.data or ""
    guests.agree(db.session, guest=visit.guest, name=name, device=visit.device, now=clock.now())
    return redirect(to("room"))


def take_over(visit: Visit) -> ResponseReturnValue:
    """Go on with this device instead of the other one."""
    if visit.stage == GuestStage.OTHER_DEVICE:
        guests.take_over(db.session, guest=visit.guest, device=visit.device, now=clock.now())
    return redirect(to("room"))


def devices(visit: Visit) -> ResponseReturnValue:
    """Let a guest try camera, microphone and speaker, and choose how to take part."""
    if isinstance(visit.stage, GuestStage) or visit.stage in OVER | {Stage.ADMITTED}:
        return redirect(to("room"))
    answers.allow_call()
    return render_template("consultations/devices.html", **visit.words)


def wait(visit: Visit) -> ResponseReturnValue:
    """Take a place in the waiting room."""
    if isinstance(visit.stage, GuestStage) or visit.stage in OVER:
        return redirect(to("room"))
    form = TakingPartForm()
    if not form.validate():
        return redirect(to("devices"))
    service.arrive(
        db.session,
        booking=visit.found.booking,
        taking_part=form.choice,
        by=visit.guest,
        now=clock.now(),
    )
    return redirect(to("room"))


def still_here(visit: Visit) -> ResponseReturnValue:
    """Note that the page of a waiting guest is open."""
    visit.check_is_here()
    if visit.ticket is not None:
        service.report_waiting(visit.ticket, now=clock.now())
    return jsonify(here=True)


def state(visit: Visit) -> ResponseReturnValue:
    """Tell an open page where the guest stands now; another device hears that it is out."""
    if isinstance(visit.stage, GuestStage) or visit.stage in OVER:
        return jsonify(stage=visit.stage, words="")
    words = render_template("consultations/_state_words.html", **visit.words)
    return jsonify(stage=visit.stage, words=words)


def leave(visit: Visit) -> ResponseReturnValue:
    """Give up the place in the waiting room."""
    if visit.ticket is not None and not isinstance(visit.stage, GuestStage):
        booking = visit.found.booking
        service.leave(
            db.session, ticket=visit.ticket, booking=booking, by=visit.guest, now=clock.now()
        )
        flash(gettext("Sie haben den Warteraum verlassen."), "success")
    return redirect(to("room"))


def call(visit: Visit) -> ResponseReturnValue:
    """Show the call to a guest who was admitted."""
    if visit.stage != Stage.ADMITTED:
        return redirect(to("room"))
    answers.allow_call()
    return render_template(
        "consultations/guests/call.html",
        history=_history(visit),
        you=roles.participant_of(visit.guest),
        sees_table=roles.sees_table(visit.guest),
        **visit.words,
    )


def messages(visit: Visit) -> ResponseReturnValue:
    """Hand out the chat to a guest who was admitted."""
    visit.check_is_here()
    if visit.stage != Stage.ADMITTED:
        raise Conflict(
            gettext("Bitte warten Sie noch einen Moment. Sie werden gleich eingelassen.")
        )
    return jsonify(_history(visit))


def _history(visit: Visit) -> list[dict[str, str]]:
    talk = visit.found.consultation
    return queries.history_of(db.session, consultation=talk, viewer=visit.guest)


def show_table(visit: Visit) -> ResponseReturnValue:
    """Tell an open call which page is shown to all; nothing else of the table is for guests."""
    _check_sits_at_table(visit)
    talk = visit.found.consultation
    page = table.page_on(db.session, consultation=talk, viewer=visit.guest)
    words = render_template("consultations/guests/_table.html", room=visit.found, page=page)
    return jsonify(words=words)


def shown_page(visit: Visit, number: int) -> ResponseReturnValue:
    """Send the picture of the page that is shown to all at the moment."""
    _check_sits_at_table(visit)
    talk = visit.found.consultation
    page = table.page_of(db.session, consultation=talk, number=number, viewer=visit.guest)
    return pictures.picture(page.image_file_id)


def _check_sits_at_table(visit: Visit) -> None:
    """Raise unless the guest was let in, on this device, in a role that sees what is shown."""
    if visit.stage != Stage.ADMITTED or not roles.sees_table(visit.guest):
        raise NotFound


def ticket(visit: Visit) -> ResponseReturnValue:
    """Hand out the short-lived ticket for the media process."""
    visit.check_is_here()
    return answers.ticket(visit.found, by=visit.guest)


def echo(visit: Visit) -> ResponseReturnValue:
    """Hand out the ticket for a try of the line, before and during the appointment."""
    visit.check_is_here()
    if visit.stage in OVER:
        raise Conflict(gettext("Dieses Gespräch ist vorbei."))
    return answers.echo(by=visit.guest)
