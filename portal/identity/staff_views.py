"""Staff pages of trust: letters to print, the counter, and taking a wrong link back.

Opening an account or a letter is written down in the trail. These GET views therefore wear
`@commits`: the audit row is the one thing that they write.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from portal.accounts.models import Citizen, Right
from portal.accounts.pages import again, network
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.identity import paper, queries, rules, service, shown
from portal.identity.forms import CounterForm, FindForm, PrintForm, UnlinkForm
from portal.identity.models import CodeLetter
from portal.identity.service import Card

blueprint = Blueprint("staff_identity", __name__, url_prefix="/amt/identitaet")

LETTER = "identity/staff/letter.html"
COUNTER = "identity/staff/counter.html"
ACCOUNT = "identity/staff/account.html"


# Letters


@blueprint.get("/briefe", endpoint="index")
@staff(Right.IDENTIFY_CITIZENS)
def list_letters() -> ResponseReturnValue:
    """List the letters that wait for their print, and those whose code is awaited."""
    now = clock.now()
    found = [(one, rules.stand_of(one, now=now)) for one in queries.open_letters(db.session)]
    return render_template(
        "identity/staff/letters.html",
        to_print=[one for one, stand in found if stand is rules.Stand.ASKED],
        printed=[(one, stand) for one, stand in found if stand is not rules.Stand.ASKED],
    )


@blueprint.get("/briefe/<uuid:id>")
@staff(Right.IDENTIFY_CITIZENS)
@commits
def letter(id: UUID) -> ResponseReturnValue:
    """Show what the account says beside the fields for what stands in the file."""
    found = queries.letter(db.session, id)
    service.note_opened(db.session, citizen=found.citizen, by=signed_in_staff(), now=clock.now())
    # Empty at the first print: the address must come from the file, not from who asks.
    return render_template(LETTER, form=PrintForm(formdata=None, obj=found), **_shown(found))


@blueprint.post("/briefe/<uuid:id>")
@staff(Right.IDENTIFY_CITIZENS)
@commits
def print_letter(id: UUID) -> ResponseReturnValue:
    """Draw the code and hand out the letter as a PDF; nobody sees the code afterwards."""
    form, by = PrintForm(), signed_in_staff()
    found = queries.letter(db.session, id, lock=True)
    if not form.validate_on_submit():
        return again(LETTER, form, **_shown(found))
    try:
        code = service.print_letter(db.session, letter=found, **form.given, by=by, now=clock.now())
    except PortalError as error:
        return again(LETTER, form, error, **_shown(found))
    with force_locale("de"):  # a letter of the office is German, whatever the officer reads
        answer = Response(paper.code_letter(found, code=code), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename="Brief-mit-Code.pdf")
    return answer


@blueprint.post("/briefe/<uuid:id>/ablehnen")
@staff(Right.IDENTIFY_CITIZENS)
@commits
def withdraw_letter(id: UUID) -> ResponseReturnValue:
    """Close a letter for which there is no file."""
    found = queries.letter(db.session, id, lock=True)
    service.withdraw_letter(db.session, letter=found, by=signed_in_staff(), now=clock.now())
    flash(
        gettext(
            "Der Brief ist erledigt. %(name)s hat eine Nachricht bekommen.", name=found.citizen.name
        ),
        "success",
    )
    return redirect(url_for(".index"))


def _shown(letter: CodeLetter) -> dict[str, Any]:
    stand = rules.stand_of(letter, now=clock.now())
    return {
        "letter": letter,
        "is_open": stand is not rules.Stand.CLOSED,
        "was_printed": letter.printed_at is not None,
    }


# The counter


@blueprint.get("/schalter")
@staff(Right.IDENTIFY_CITIZENS)
def counter() -> ResponseReturnValue:
    """Ask what the person at the counter says or shows."""
    return render_template(COUNTER, form=FindForm())


@blueprint.post("/schalter")
@staff(Right.IDENTIFY_CITIZENS)
@commits
def find_account() -> ResponseReturnValue:
    """Find the account; the page behind writes down who looks."""
    form = FindForm()
    if not form.validate_on_submit():
        return again(COUNTER, form)
    try:
        found = service.find_account(
            db.session, **form.given, by=signed_in_staff(), network=network(), now=clock.now()
        )
    except PortalError as error:
        return again(COUNTER, form, error)
    return redirect(url_for(".account", id=found.id))


@blueprint.get("/konto/<uuid:id>")
@staff(Right.IDENTIFY_CITIZENS)
@commits
def account(id: UUID) -> ResponseReturnValue:
    """Show an account beside the form for the card, or beside the one that takes a link back."""
    found = queries.account(db.session, id)
    service.note_opened(db.session, citizen=found, by=signed_in_staff(), now=clock.now())
    form = UnlinkForm() if rules.is_linked(found) else CounterForm()
    return render_template(ACCOUNT, form=form, **_of(found))


@blueprint.post("/konto/<uuid:id>/verknuepfen")
@staff(Right.IDENTIFY_CITIZENS)
@commits
def identify(id: UUID) -> ResponseReturnValue:
    """Link the account to a file, after looking at a card."""
    form, found = CounterForm(), queries.account(db.session, id)
    rules.check_can_be_linked(found)  # the page of a linked account has another form
    if not form.validate_on_submit():
        return again(ACCOUNT, form, **_of(found))
    given = {**form.given, "card": Card(form.given["card"])}
    try:
        service.identify_at_counter(
            db.session, citizen=found, **given, by=signed_in_staff(), now=clock.now()
        )
    except PortalError as error:
        return again(ACCOUNT, form, error, **_of(found))
    flash(gettext("Das Konto von %(name)s ist verknüpft.", name=found.name), "success")
    return redirect(url_for(".account", id=id))


@blueprint.post("/konto/<uuid:id>/trennen")
@staff(Right.IDENTIFY_CITIZENS)
@commits
def unlink(id: UUID) -> ResponseReturnValue:
    """Take a wrong link back; the citizen is told."""
    form, found = UnlinkForm(), queries.account(db.session, id)
    rules.check_is_linked(found)
    if not form.validate_on_submit():
        return again(ACCOUNT, form, **_of(found))
    try:
        service.unlink(
            db.session, citizen=found, **form.given, by=signed_in_staff(), now=clock.now()
        )
    except PortalError as error:
        return again(ACCOUNT, form, error, **_of(found))
    flash(
        gettext(
            "Die Verknüpfung ist aufgehoben. %(name)s hat eine Nachricht bekommen.", name=found.name
        ),
        "success",
    )
    return redirect(url_for(".account", id=id))


def _of(citizen: Citizen) -> dict[str, Any]:
    return {"citizen": citizen, "is_linked": rules.is_linked(citizen), "how": shown.HOW}
