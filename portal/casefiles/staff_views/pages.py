"""The pages of a document: their pictures, the safe copy of all, and putting them in order."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import answers, paging, queries, readings, rules, shown
from portal.casefiles.models import Document
from portal.casefiles.staff_views.blueprint import blueprint
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput


@blueprint.get("/dokument/<uuid:id>/seite/<int:number>")
@staff(Right.READ_FILES)
@commits
def page(id: UUID, number: int) -> ResponseReturnValue:
    """Send the picture of one page; outside a reading of the document it is a view of its own."""
    by = signed_in_staff()
    found = queries.page_for(db.session, id, number, by)
    readings.note_document(db.session, document=found.document, by=by, now=clock.now())
    return answers.picture(found.image_file_id)


@blueprint.get("/dokument/<uuid:id>/seite/<int:number>/klein")
@staff(Right.READ_FILES)
@commits
def thumbnail(id: UUID, number: int) -> ResponseReturnValue:
    """Send the small picture of one page; that is a view of the document, too."""
    by = signed_in_staff()
    found = queries.page_for(db.session, id, number, by)
    readings.note_document(db.session, document=found.document, by=by, now=clock.now())
    return answers.picture(found.thumbnail_file_id)


@blueprint.get("/dokument/<uuid:id>/datei")
@staff(Right.READ_FILES)
@commits
def download(id: UUID) -> ResponseReturnValue:
    """Send the safe copy to be saved; this is written down as a deed of its own."""
    by = signed_in_staff()
    found = queries.document_for(db.session, id, by)
    rules.check_can_open(found, by)
    readings.note_download(db.session, document=found, by=by, now=clock.now())
    return answers.safe_copy(found)


@blueprint.get("/dokument/<uuid:id>/seiten")
@staff(Right.CHECK_DOCUMENTS)
@commits
def arrange(id: UUID) -> ResponseReturnValue:
    """Show the pages small, to split, merge, turn and order them; the view is written down."""
    by = signed_in_staff()
    found = queries.document_for(db.session, id, by)
    rules.check_can_arrange(found, by)
    readings.note_document(db.session, document=found, by=by, now=clock.now())
    parts = paging.parts_of(db.session, document=found)
    return render_template(
        "casefiles/staff/pages.html",
        document=found,
        cards=shown.page_cards(found, can_open=rules.can_open(found, by)),
        parts=parts,
        others=paging.open_beside(db.session, document=found, besides=parts),
        is_being_remade=paging.is_being_remade(db.session, document=found),
        next=request.args.get("next", ""),
    )


@blueprint.post("/dokument/<uuid:id>/teilen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def split(id: UUID) -> ResponseReturnValue:
    """Make new documents, each beginning with a ticked page."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    parts = paging.split(
        db.session, document=found, firsts=_numbers("firsts"), by=by, now=clock.now()
    )
    flash(
        ngettext(
            "%(num)d Dokument ist abgetrennt.", "%(num)d Dokumente sind abgetrennt.", len(parts)
        ),
        "success",
    )
    return _again(found)


@blueprint.post("/dokument/<uuid:id>/zusammenlegen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def merge(id: UUID) -> ResponseReturnValue:
    """Put the pages of another document of the same person behind those of this one."""
    by, other_id = signed_in_staff(), request.form.get("mit", type=UUID)
    if other_id is None:
        raise InvalidInput(gettext("Wählen Sie, womit zusammengelegt wird."))
    found, other = _both(id, other_id, by)
    paging.merge(db.session, document=found, other=other, by=by, now=clock.now())
    flash(gettext("„%(title)s“ gehört jetzt dazu.", title=other.title), "success")
    return _again(found)


@blueprint.post("/dokument/<uuid:id>/trennen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def unmerge(id: UUID) -> ResponseReturnValue:
    """Take a document out again that was merged into this one."""
    by, other_id = signed_in_staff(), request.form.get("von", type=UUID)
    if other_id is None:
        raise InvalidInput(gettext("Wählen Sie, was getrennt wird."))
    found, other = _both(id, other_id, by)
    paging.unmerge(db.session, document=other, into=found, by=by, now=clock.now())
    flash(gettext("„%(title)s“ ist wieder ein eigenes Dokument.", title=other.title), "success")
    return _again(found)


@blueprint.post("/dokument/<uuid:id>/drehen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def rotate(id: UUID) -> ResponseReturnValue:
    """Turn one page or all of them a quarter to the right, or to the left."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    which, _, turn = request.form.get("drehen", "").partition(":")
    numbers = range(1, len(found.pages) + 1) if which == "alle" else _whole(which)
    turns = dict.fromkeys(numbers, 270 if turn == "links" else 90)
    paging.rotate(db.session, document=found, turns=turns, by=by, now=clock.now())
    flash(gettext("Gedreht. Die Bilder werden neu gemacht."), "success")
    return _again(found)


@blueprint.post("/dokument/<uuid:id>/ordnen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def reorder(id: UUID) -> ResponseReturnValue:
    """Put the pages in the order of the numbers beside them, or as they were handed in."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    order = (
        paging.order_as_handed_in(db.session, document=found)
        if "wie-abgegeben" in request.form
        else _order(len(found.pages))
    )
    paging.reorder(db.session, document=found, order=order, by=by, now=clock.now())
    flash(gettext("Die Seiten haben jetzt diese Reihenfolge."), "success")
    return _again(found)


def _both(id: UUID, other_id: UUID, by: StaffMember) -> tuple[Document, Document]:
    """Return two documents for a deed, locked in the order of their ids."""
    locked = {
        one: queries.document_to_decide(db.session, one, by) for one in sorted({id, other_id})
    }
    return locked[id], locked[other_id]


def _numbers(name: str) -> list[int]:
    return [number for one in request.form.getlist(name) for number in _whole(one)]


def _whole(typed: str) -> list[int]:
    typed = typed.strip()
    return [int(typed)] if typed.isascii() and typed.isdigit() and len(typed) < 6 else []


def _order(count: int) -> list[int]:
    """Sort the pages by the places that were typed; of two with the same the order stays."""
    places = _numbers("place")
    if len(places) != count:
        raise InvalidInput(gettext("Geben Sie jeder Seite eine Nummer."), field="order")
    return sorted(range(1, count + 1), key=lambda number: (places[number - 1], number))


def _again(found: Document) -> ResponseReturnValue:
    return redirect(url_for(".arrange", id=found.id, next=request.form.get("next") or None))
