"""The staff page about a message that belongs to no file and did not arrive."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from portal.accounts.forms import ButtonForm
from portal.accounts.models import Citizen, Right, StaffMember
from portal.accounts.rules import can
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import unreached
from portal.core import clock
from portal.core.db import commits, db
from portal.inbox.links import NAMES
from portal.notifications.models import Message

blueprint = Blueprint("staff_unreached", __name__, url_prefix="/amt/nicht-angekommen")

THINGS = {
    unreached.ABOUT_INSTANT: ("staff_instant.show", lazy_gettext("Sofortantrag öffnen")),
    unreached.ABOUT_GUEST: ("staff_appointments.show", lazy_gettext("Termin öffnen")),
}


@blueprint.get("/<uuid:id>")
@staff(Right.USE_INBOX)
def show(id: UUID) -> ResponseReturnValue:
    """Show what did not arrive, why, and how else to reach the person."""
    message, item = unreached.for_staff(db.session, id, asker=signed_in_staff())
    person = unreached.person_of(db.session, message)
    return render_template(
        "casefiles/staff/unreached.html",
        item=item,
        heading=NAMES[item.kind],
        numbers=", ".join(unreached.numbers_of(person)),
        link=_link(message, person),
        messages=unreached.lost_like(db.session, message),
        form=ButtonForm(),
    )


def _link(message: Message, person: Citizen | StaffMember | None) -> dict[str, object] | None:
    """Return where more is known about the person; whoever may not go there gets no link."""
    if isinstance(person, Citizen):
        if not can(signed_in_staff(), Right.IDENTIFY_CITIZENS):
            return None
        href = url_for("staff_identity.account", id=person.id)
        return {"label": gettext("Konto öffnen"), "href": href}
    endpoint, words = THINGS.get(message.about_kind or "", ("", ""))
    return {"label": words, "href": url_for(endpoint, id=message.about_id)} if endpoint else None


@blueprint.post("/<uuid:id>")
@staff(Right.USE_INBOX)
@commits
def settle(id: UUID) -> ResponseReturnValue:
    """Say that the person was reached otherwise."""
    me = signed_in_staff()
    message, item = unreached.for_staff(db.session, id, asker=me)
    unreached.close(db.session, kind=item.kind, message=message, by=me, now=clock.now())
    flash(gettext("Erledigt. Kommt wieder etwas zurück, steht es neu im Eingang."), "success")
    return redirect(url_for("staff_inbox.index"))
