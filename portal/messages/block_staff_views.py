"""Staff pages of text blocks: the list, a new one, changing and throwing away."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.messages import blanks, blocks, queries, rules, shown
from portal.messages.forms import BlockForm, DeedForm
from portal.messages.models import TextBlock

blueprint = Blueprint("staff_text_blocks", __name__, url_prefix="/amt/nachrichten/bausteine")

EDIT = "threads/staff/block.html"


@blueprint.get("")
@staff(Right.WRITE_MESSAGES)
def index() -> ResponseReturnValue:
    """List the own blocks and those of the team."""
    by = signed_in_staff()
    found = queries.blocks_of(db.session, asker=by)
    return render_template("threads/staff/blocks.html", rows=shown.block_rows(found, by))


@blueprint.get("/neu")
@staff(Right.WRITE_MESSAGES)
def new() -> ResponseReturnValue:
    """Ask for a new block."""
    return render_template(EDIT, form=BlockForm(formdata=None), **_around(None))


@blueprint.post("/neu")
@staff(Right.WRITE_MESSAGES)
@commits
def add() -> ResponseReturnValue:
    """Keep a new block."""
    form, by = BlockForm(), signed_in_staff()
    if not form.validate_on_submit():
        return again(EDIT, form, **_around(None))
    try:
        blocks.add(
            db.session,
            name=form.name.data or "",
            text=form.text.data or "",
            for_team=bool(form.for_team.data),
            by=by,
            now=clock.now(),
        )
    except PortalError as error:
        return again(EDIT, form, error, **_around(None))
    flash(gettext("Der Baustein ist gespeichert."), "success")
    return redirect(url_for(".index"))


@blueprint.get("/<uuid:id>")
@staff(Right.WRITE_MESSAGES)
def edit(id: UUID) -> ResponseReturnValue:
    """Show one block to be changed."""
    block = _block(id)
    form = BlockForm(formdata=None, name=block.name, text=block.text)
    return render_template(EDIT, form=form, **_around(block))


@blueprint.post("/<uuid:id>")
@staff(Right.WRITE_MESSAGES)
@commits
def change(id: UUID) -> ResponseReturnValue:
    """Change a block."""
    form, by, block = BlockForm(), signed_in_staff(), _block(id, lock=True)
    if not form.validate_on_submit():
        return again(EDIT, form, **_around(block))
    name, text = form.name.data or "", form.text.data or ""
    try:
        blocks.change(db.session, block=block, name=name, text=text, by=by, now=clock.now())
    except PortalError as error:
        db.session.rollback()
        return again(EDIT, form, error, **_around(_block(id)))
    flash(gettext("Der Baustein ist geändert."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/<uuid:id>/loeschen")
@staff(Right.WRITE_MESSAGES)
@commits
def remove(id: UUID) -> ResponseReturnValue:
    """Throw a block away."""
    blocks.remove(db.session, block=_block(id, lock=True), by=signed_in_staff(), now=clock.now())
    flash(gettext("Der Baustein ist gelöscht."), "success")
    return redirect(url_for(".index"))


def _block(id: UUID, *, lock: bool = False) -> TextBlock:
    by = signed_in_staff()
    found = queries.block_for(db.session, id, asker=by, lock=lock)
    rules.check_can_change(found, by)
    return found


def _around(block: TextBlock | None) -> dict[str, Any]:
    return {
        "block": block,
        "words": [
            {"term": f"{{{{ {word} }}}}", "value": said} for word, said in blanks.WORDS.items()
        ],
        "leads": accounts.can(signed_in_staff(), Right.SEE_TEAM),
        "deed": DeedForm(formdata=None),
    }
