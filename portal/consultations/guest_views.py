"""The pages behind the link of a guest; who has the link and agreed on this device is the guest."""

from collections.abc import Callable

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from portal.accounts.limits import limited
from portal.accounts.service.secrets import new_secret
from portal.consultations import doors, guest_pages, guest_queries
from portal.consultations.guest_pages import Visit
from portal.core import browser
from portal.core.access import anyone
from portal.core.db import commits, db

blueprint = Blueprint("guests", __name__, url_prefix="/gast/<string(length=43):secret>")
doors.offer(blueprint, layout="layouts/guest.html", is_guest=True)

_DEVICE = "gast"
_TWO_WEEKS = 14 * 24 * 3600


def _visit(secret: str) -> Visit:
    device = request.cookies.get(browser.cookie_name(_DEVICE), "")
    return Visit(guest_queries.guest_by_code(db.session, secret), device)


def _known(page: Callable[[Visit], ResponseReturnValue], secret: str) -> ResponseReturnValue:
    """Do something that binds this browser: it gets a secret of its own and keeps it."""
    visit = _visit(secret)
    visit.device = visit.device or new_secret()
    answer = make_response(page(visit))
    browser.keep(answer, _DEVICE, visit.device, seconds=_TWO_WEEKS)
    return answer


@blueprint.get("")
@anyone
def room(secret: str) -> ResponseReturnValue:
    """Show the invitation, the question about the device, or where the guest stands."""
    return guest_pages.room(_visit(secret))


@blueprint.post("/zusagen")
@anyone
@limited("guest")
@commits
def agree(secret: str) -> ResponseReturnValue:
    """Take name and promise."""
    return _known(guest_pages.agree, secret)


@blueprint.post("/hier")
@anyone
@limited("guest")
@commits
def take_over(secret: str) -> ResponseReturnValue:
    """Go on with this device."""
    return _known(guest_pages.take_over, secret)


@blueprint.get("/geraete")
@anyone
def devices(secret: str) -> ResponseReturnValue:
    """Let the guest try the devices."""
    return guest_pages.devices(_visit(secret))


@blueprint.post("/warten")
@anyone
@limited("guest")
@commits
def wait(secret: str) -> ResponseReturnValue:
    """Take a place in the waiting room."""
    return guest_pages.wait(_visit(secret))


@blueprint.post("/da")
@anyone
@commits
def still_here(secret: str) -> ResponseReturnValue:
    """Note that the page is open."""
    return guest_pages.still_here(_visit(secret))


@blueprint.get("/stand")
@anyone
def state(secret: str) -> ResponseReturnValue:
    """Tell an open page where the guest stands."""
    return guest_pages.state(_visit(secret))


@blueprint.post("/gehen")
@anyone
@commits
def leave(secret: str) -> ResponseReturnValue:
    """Give up the place."""
    return guest_pages.leave(_visit(secret))


@blueprint.get("/gespraech")
@anyone
def call(secret: str) -> ResponseReturnValue:
    """Show the call."""
    return guest_pages.call(_visit(secret))


@blueprint.get("/nachrichten")
@anyone
def messages(secret: str) -> ResponseReturnValue:
    """Hand out the chat."""
    return guest_pages.messages(_visit(secret))


@blueprint.get("/tisch")
@anyone
def show_table(secret: str) -> ResponseReturnValue:
    """Tell an open call which page is shown."""
    return guest_pages.show_table(_visit(secret))


@blueprint.get("/gezeigt/<int:number>")
@anyone
def page(secret: str, number: int) -> ResponseReturnValue:
    """Send the picture of the shown page."""
    return guest_pages.shown_page(_visit(secret), number)


@blueprint.post("/ticket")
@anyone
@limited("call")
@commits
def ticket(secret: str) -> ResponseReturnValue:
    """Hand out the ticket for the media process."""
    return guest_pages.ticket(_visit(secret))


@blueprint.post("/probe")
@anyone
@limited("call")
@commits
def echo(secret: str) -> ResponseReturnValue:
    """Hand out the ticket for a try of the line."""
    return guest_pages.echo(_visit(secret))
