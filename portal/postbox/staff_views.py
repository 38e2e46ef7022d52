"""Staff pages of letters: those of a case, one with each fact of its delivery, the print list.

Opening a letter is written down in the trail. These GET views therefore wear `@commits`: the audit
row is the one thing that they write.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import queries as casefiles
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.requests import page_number
from portal.postbox import (
    answers,
    arrivals,
    deadlines,
    paper,
    queries,
    returns,
    rules,
    service,
    shown,
)
from portal.postbox.forms import NoteArrivalForm, PostedForm, ReturnedForm
from portal.postbox.models import Letter

blueprint = Blueprint("staff_postbox", __name__, url_prefix="/amt/briefe")

PAGE = 50
SHOW = "postbox/staff/show.html"
ARRIVING, RETURNING = "ankunft", "zurueck"
"""What the names begin with in the further forms of the page."""


@blueprint.get("/drucken")
@staff(Right.SORT_PAPER)
def to_print() -> ResponseReturnValue:
    """List what waits for printer or post, the oldest first."""
    here = page_number()
    found, count = queries.letters_to_print(
        db.session, asker=signed_in_staff(), offset=(here - 1) * PAGE, limit=PAGE
    )
    return render_template(
        "postbox/staff/print_list.html",
        rows=shown.of_staff(found),
        count=count,
        here=here,
        last=max(1, -(-count // PAGE)),
    )


@blueprint.get("/akte/<uuid:case_id>")
@staff(Right.READ_FILES)
def of_case(case_id: UUID) -> ResponseReturnValue:
    """List the letters of a case."""
    me = signed_in_staff()
    case = casefiles.case_for_staff(db.session, case_id, asker=me)
    found = queries.letters_of_case(db.session, case=case, asker=me)
    return render_template("postbox/staff/case.html", case=case, rows=shown.of_staff(found))


@blueprint.get("/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show one letter with each fact of its delivery."""
    letter = queries.letter_for(db.session, id, asker=signed_in_staff())
    service.note_opened(db.session, letter=letter, by=signed_in_staff(), now=clock.now())
    form = PostedForm(formdata=None, posted_on=clock.local_date(clock.now()))
    return render_template(SHOW, form=form, **_shown(letter))


@blueprint.get("/<uuid:id>/brief.pdf")
@staff(Right.READ_FILES)
@commits
def download(id: UUID) -> Response:
    """Show the PDF."""
    letter = queries.letter_for(db.session, id, asker=signed_in_staff())
    service.note_opened(db.session, letter=letter, by=signed_in_staff(), now=clock.now())
    return answers.pdf_of(db.session, letter)


@blueprint.post("/<uuid:id>/drucken")
@staff(Right.READ_FILES)
@commits
def print_letter(id: UUID) -> ResponseReturnValue:
    """Hand out the PDF for the printer and note that it was printed."""
    letter = queries.letter_for(db.session, id, asker=signed_in_staff(), lock=True)
    service.mark_printed(db.session, letter=letter, by=signed_in_staff(), now=clock.now())
    return answers.pdf_of(db.session, letter)


@blueprint.post("/<uuid:id>/abgeschickt")
@staff(Right.READ_FILES)
@commits
def mark_posted(id: UUID) -> ResponseReturnValue:
    """Note on which day the letter went to the post."""
    form, by = PostedForm(), signed_in_staff()
    letter = queries.letter_for(db.session, id, asker=by, lock=True)
    if not form.validate_on_submit() or form.posted_on.data is None:
        return again(SHOW, form, **_shown(letter))
    try:
        service.mark_posted(
            db.session,
            letter=letter,
            posted_on=form.posted_on.data,
            by=by,
            now=clock.now(),
            land=current_app.config["SETTINGS"].land,
        )
    except PortalError as error:
        return again(SHOW, form, error, **_shown(letter))
    flash(gettext("Eingetragen. Der Tag der Bekanntgabe steht jetzt beim Brief."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/belehrung")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def note_flaw(id: UUID) -> ResponseReturnValue:
    """Note that the instruction on the remedy is missing or wrong."""
    by = signed_in_staff()
    letter = queries.letter_for(db.session, id, asker=by, lock=True)
    land = current_app.config["SETTINGS"].land
    deadlines.note_flawed_instruction(db.session, letter=letter, by=by, now=clock.now(), land=land)
    flash(gettext("Vermerkt. Die Frist ist jetzt ein Jahr."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/ankunft")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def note_arrival(id: UUID) -> ResponseReturnValue:
    """Note on which day the letter came, and from what that is known."""
    by = signed_in_staff()
    letter = queries.letter_for(db.session, id, asker=by, lock=True)
    form = NoteArrivalForm(prefix=ARRIVING).of_way(by_portal=rules.counts_by_portal(letter))
    posted = PostedForm(formdata=None)
    if not form.validate_on_submit():
        return again(SHOW, posted, **_shown(letter, form))
    try:
        arrivals.note(
            db.session,
            letter=letter,
            arrived_on=form.day,
            words=form.why.data or "",
            by=by,
            now=clock.now(),
            land=current_app.config["SETTINGS"].land,
        )
    except PortalError as error:
        form.refuse(error)
        page = again(SHOW, posted, **_shown(letter, form))
        page.status_code = error.status
        return page
    flash(gettext("Eingetragen. Frist und Begründung stehen beim Brief."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/zurueckgekommen")
@staff(Right.READ_FILES)
@commits
def note_return(id: UUID) -> ResponseReturnValue:
    """Note that the post brought the letter back."""
    form, by = ReturnedForm(prefix=RETURNING), signed_in_staff()
    letter = queries.letter_for(db.session, id, asker=by, lock=True)
    posted = PostedForm(formdata=None)
    if not form.validate_on_submit() or form.returned_on.data is None:
        return again(SHOW, posted, **_shown(letter, returning=form))
    try:
        returns.note(
            db.session,
            letter=letter,
            returned_on=form.returned_on.data,
            words=form.words.data or "",
            by=by,
            now=clock.now(),
            land=current_app.config["SETTINGS"].land,
        )
    except PortalError as error:
        form.refuse(error)
        page = again(SHOW, posted, **_shown(letter, returning=form))
        page.status_code = error.status
        return page
    flash(gettext("Eingetragen. Der Brief ist nicht bekannt gegeben und wartet auf den Versand."))
    return redirect(url_for(".show", id=id))


def _shown(
    letter: Letter,
    arriving: NoteArrivalForm | None = None,
    returning: ReturnedForm | None = None,
) -> dict[str, Any]:
    by_portal = rules.counts_by_portal(letter)
    empty = NoteArrivalForm(formdata=None, prefix=ARRIVING).of_way(by_portal=by_portal)
    return {
        "letter": letter,
        "arriving": arriving or empty,
        "returning": returning or ReturnedForm(formdata=None, prefix=RETURNING),
        "can_note_return": rules.can_note_return(letter),
        "returns": shown.returns(queries.returns_of(db.session, letter=letter)),
        "can_note_arrival": rules.can_tell_arrival(letter),
        "by_portal": by_portal,
        "arrivals": shown.arrivals(queries.arrivals_of(db.session, letter=letter)),
        "earlier": shown.earlier(letter, queries.deadlines_of(db.session, letter=letter)),
        "words": paper.words(letter),
        "stand": rules.stand_of(letter),
        "facts": shown.facts(letter, land=current_app.config["SETTINGS"].land),
        "can_print": letter.document_id is not None
        and letter.print_asked_at is not None
        and letter.held_back_at is None,
        "can_post": rules.can_post(letter),
        "can_note_flaw": rules.can_note_flaw(letter),
        "words_of": shown,
    }
