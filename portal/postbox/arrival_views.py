"""The citizen page on which somebody says that a letter came later, in the room of the postbox."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Power
from portal.accounts.pages import again
from portal.accounts.session import citizens, signed_in_citizen
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.templating import day
from portal.postbox import arrivals, queries, rules, shown
from portal.postbox.forms import ArrivalForm
from portal.postbox.models import Letter

blueprint = Blueprint("arrivals", __name__, url_prefix="/postfach")

PAGE = "postbox/arrival.html"


@blueprint.get("/<uuid:id>/ankunft")
@citizens(Power.SEND)
def ask(id: UUID) -> ResponseReturnValue:
    """Say what is counted now, and ask when the letter came."""
    letter = _told_of(queries.letter_for(db.session, id, asker=signed_in_citizen()))
    form = ArrivalForm(formdata=None).of_way(by_portal=rules.counts_by_portal(letter))
    return render_template(PAGE, form=form, **_shown(letter))


@blueprint.post("/<uuid:id>/ankunft")
@citizens(Power.SEND)
@commits
def tell(id: UUID) -> ResponseReturnValue:
    """Take the day; the deadline moves at once if it is later."""
    me = signed_in_citizen()
    letter = _told_of(queries.letter_for(db.session, id, asker=me, lock=True))
    form = ArrivalForm().of_way(by_portal=rules.counts_by_portal(letter))
    if not form.validate_on_submit():
        return again(PAGE, form, **_shown(letter))
    said = {"arrived_on": form.day, "words": form.words.data}
    try:
        moved = arrivals.tell(
            db.session, letter=letter, by=me, now=clock.now(), land=_land(), **said
        )
    except PortalError as error:
        return again(PAGE, form, error, **_shown(letter))
    flash(_answer(letter, moved=moved), "success" if moved else "info")
    return redirect(url_for("postbox.show", id=id))


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land


def _told_of(letter: Letter) -> Letter:
    if not rules.can_tell_arrival(letter):
        raise NotFound(gettext("Bei diesem Brief gibt es keinen Tag der Ankunft."))
    return letter


def _answer(letter: Letter, *, moved: bool) -> str:
    if moved and letter.remedy_until:
        until = day(letter.remedy_until)
        return str(gettext("Gespeichert. Ihre Frist endet jetzt am %(day)s.", day=until))
    return str(
        gettext("Gespeichert. Die Frist bleibt gleich: Der Brief kam nicht später als gerechnet.")
    )


def _shown(letter: Letter) -> dict[str, Any]:
    return {
        "letter": letter,
        "by_portal": rules.counts_by_portal(letter),
        "by_arrival": rules.counts_by_arrival(letter),
        "counting": shown.counting(letter, land=_land()),
        "opened": letter.first_viewed_at,
    }
