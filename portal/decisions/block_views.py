"""Staff pages of text blocks: all in use, one with its versions; a change is a new version."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.templating import short_moment
from portal.decisions import block_service, blocks, law, queries, words
from portal.decisions.forms import BlockForm, DeedForm

blueprint = Blueprint("staff_blocks", __name__, url_prefix="/amt/textbausteine")

PAGE = "decisions/staff/block.html"


@blueprint.get("")
@staff(Right.EDIT_FORMS)
def index() -> ResponseReturnValue:
    """List the text blocks in use."""
    known = queries.blocks_now(db.session)
    rows = [
        {
            "title": one.title,
            "href": url_for(".show", key=one.key),
            "hint": ", ".join(str(words.RULINGS[ruling]) for ruling in one.rulings),
            "status": gettext("Fassung %(number)d", number=one.version)
            if one.version
            else gettext("Mitgeliefert"),
            "tone": "neutral",
        }
        for one in known.values()
    ]
    return render_template(
        "decisions/staff/blocks.html",
        rows=rows,
        court=law.COURT_BLOCK,
        is_court_missing=law.COURT_BLOCK not in known,
    )


@blueprint.get("/<string:key>")
@staff(Right.EDIT_FORMS)
def show(key: str) -> ResponseReturnValue:
    """Show a text block with its versions; an unknown key is a new one."""
    found = queries.blocks_now(db.session).get(key)
    form = BlockForm(
        formdata=None,
        title=found.title if found else "",
        text=found.text if found else "",
        rulings=[one.value for one in found.rulings] if found else [],
    )
    return render_template(PAGE, form=form, **_shown(key))


@blueprint.post("/<string:key>")
@staff(Right.EDIT_FORMS)
@commits
def save(key: str) -> ResponseReturnValue:
    """Write the next version of a text block."""
    form = BlockForm()
    if not form.validate_on_submit():
        return again(PAGE, form, **_shown(key))
    try:
        block_service.write(
            db.session,
            key=key,
            title=form.title.data or "",
            text=form.text.data or "",
            rulings=form.rulings.data or [],
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        return again(PAGE, form, error, **_shown(key))
    flash(gettext("Gespeichert. Die neue Fassung gilt ab jetzt."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/<string:key>/weglegen")
@staff(Right.EDIT_FORMS)
@commits
def retire(key: str) -> ResponseReturnValue:
    """Take a text block out of use."""
    block_service.retire(db.session, key=key, by=signed_in_staff(), now=clock.now())
    flash(gettext("Der Baustein wird nicht mehr angeboten."), "success")
    return redirect(url_for(".index"))


def _shown(key: str) -> dict[str, Any]:
    return {
        "key": key,
        "deed": DeedForm(formdata=None),
        "is_known": key in queries.blocks_now(db.session),
        "known": [f"{{{{ {name} }}}}" for name in blocks.KNOWN],
        "versions": [
            {
                "term": gettext("Fassung %(number)d", number=one.version),
                "value": gettext("Nicht mehr angeboten") if one.is_retired else one.text,
                "note": f"{short_moment(one.made_at)}, {one.made_by_name}",
            }
            for one in queries.versions_of(db.session, key=key)
        ],
    }
