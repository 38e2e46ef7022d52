"""The pages of a colleague who was invited by account: the same as those of a guest with a link."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.session import needed_session, signed_in_staff, staff
from portal.consultations import doors, guest_pages, guest_queries
from portal.consultations.guest_pages import Visit
from portal.core.db import commits, db

blueprint = Blueprint("colleagues", __name__, url_prefix="/amt/beratung/mit/<uuid:id>")
doors.offer(blueprint, layout="layouts/staff.html", is_guest=True)


def _visit(id: UUID) -> Visit:
    """Return the visit; the signed-in session is the device."""
    guest = guest_queries.guest_of_colleague(db.session, id, asker=signed_in_staff())
    return Visit(guest, str(needed_session().id))


@blueprint.get("")
@staff()
def room(id: UUID) -> ResponseReturnValue:
    """Show the invitation, the question about the device, or where one stands."""
    return guest_pages.room(_visit(id))


@blueprint.post("/zusagen")
@staff()
@commits
def agree(id: UUID) -> ResponseReturnValue:
    """Take the promise."""
    return guest_pages.agree(_visit(id))


@blueprint.post("/hier")
@staff()
@commits
def take_over(id: UUID) -> ResponseReturnValue:
    """Go on with this session."""
    return guest_pages.take_over(_visit(id))


@blueprint.get("/geraete")
@staff()
def devices(id: UUID) -> ResponseReturnValue:
    """Let the colleague try the devices."""
    return guest_pages.devices(_visit(id))


@blueprint.post("/warten")
@staff()
@commits
def wait(id: UUID) -> ResponseReturnValue:
    """Take a place in the waiting room."""
    return guest_pages.wait(_visit(id))


@blueprint.post("/da")
@staff()
@commits
def still_here(id: UUID) -> ResponseReturnValue:
    """Note that the page is open."""
    return guest_pages.still_here(_visit(id))


@blueprint.get("/stand")
@staff()
def state(id: UUID) -> ResponseReturnValue:
    """Tell an open page where the colleague stands."""
    return guest_pages.state(_visit(id))


@blueprint.post("/gehen")
@staff()
@commits
def leave(id: UUID) -> ResponseReturnValue:
    """Give up the place."""
    return guest_pages.leave(_visit(id))


@blueprint.get("/gespraech")
@staff()
def call(id: UUID) -> ResponseReturnValue:
    """Show the call."""
    return guest_pages.call(_visit(id))


@blueprint.get("/nachrichten")
@staff()
def messages(id: UUID) -> ResponseReturnValue:
    """Hand out the chat."""
    return guest_pages.messages(_visit(id))


@blueprint.get("/tisch")
@staff()
def show_table(id: UUID) -> ResponseReturnValue:
    """Tell an open call which page is shown."""
    return guest_pages.show_table(_visit(id))


@blueprint.get("/gezeigt/<int:number>")
@staff()
def page(id: UUID, number: int) -> ResponseReturnValue:
    """Send the picture of the shown page."""
    return guest_pages.shown_page(_visit(id), number)


@blueprint.post("/ticket")
@staff()
@commits
def ticket(id: UUID) -> ResponseReturnValue:
    """Hand out the ticket for the media process."""
    return guest_pages.ticket(_visit(id))


@blueprint.post("/probe")
@staff()
@commits
def echo(id: UUID) -> ResponseReturnValue:
    """Hand out the ticket for a try of the line."""
    return guest_pages.echo(_visit(id))
