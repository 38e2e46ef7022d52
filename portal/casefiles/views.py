"""Citizen pages of the digital file: my tasks, my documents, handing in, one document."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.for_whom import may
from portal.accounts.limits import limited
from portal.accounts.models import Citizen, Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.casefiles import (
    answers,
    descent,
    forms,
    kinds,
    queries,
    readings,
    receipts,
    rules,
    service,
    shown,
)
from portal.casefiles.models import EvidenceRequest
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db
from portal.core.errors import InvalidInput
from portal.core.requests import page_number
from portal.papers.limits import MAX_FILES

blueprint = Blueprint("casefiles", __name__, url_prefix="/unterlagen")

ON_ONE_PAGE = 20
MANY = 9


@blueprint.get("")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """Show what is to do, then every document with its state; many can be narrowed down."""
    citizen, form = signed_in_citizen(), forms.DocumentsForm(request.args)
    total = queries.number_of_documents(db.session, asker=citizen)
    count = (
        queries.number_of_documents(db.session, asker=citizen, **form.chosen)
        if form.arguments
        else total
    )
    last = max(1, -(-count // ON_ONE_PAGE))
    here = min(page_number(), last)
    found = queries.documents_of(
        db.session,
        asker=citizen,
        **form.chosen,
        offset=(here - 1) * ON_ONE_PAGE,
        limit=ON_ONE_PAGE,
    )
    return render_template(
        "casefiles/index.html",
        tasks=shown.tasks(queries.open_requests_of(db.session, asker=citizen)),
        papers=shown.papers(found),
        filter_form=form if total >= MANY else None,
        narrowed=form.arguments,
        here=here,
        last=last,
        arrived=_just_arrived(),
    )


def _just_arrived() -> int:
    """Tell how many documents the page confirms; the address says it, so a reload does too."""
    return min(max(0, request.args.get("angekommen", 0, int)), MAX_FILES)


@blueprint.get("/neu")
@citizens(Power.UPLOAD)
def hand_in() -> ResponseReturnValue:
    """Ask what is handed in; `?request=` names the task that it answers."""
    asked = _request_answered(signed_in_citizen())
    return _hand_in_page(forms.AnswerForm() if asked else forms.HandInForm(), asked)


@blueprint.post("/neu")
@citizens(Power.UPLOAD)
@limited("upload")
@commits
def send() -> ResponseReturnValue:
    """Take the files in; what cannot be taken is named, and nothing typed is lost."""
    citizen = signed_in_citizen()
    asked = _request_answered(citizen)
    form = forms.AnswerForm() if asked else forms.HandInForm()
    if not form.validate_on_submit():
        return _hand_in_page(form, asked), 422
    try:
        taken = service.hand_in(
            db.session,
            owner=citizen,
            groups=form.groups,
            kind=form.document_kind,
            title=form.document_title,
            request=asked,
            now=clock.now(),
        )
    except InvalidInput as error:
        form.files.errors = [error.message]
        return _hand_in_page(form, asked), error.status
    hidden, hand_in = queries.hidden_kinds(db.session, asker=citizen), receipts.latest_of(taken)
    if hand_in and may(Power.SEE) and not any(one.kind in hidden for one in taken):
        return redirect(url_for("hand_ins.show", id=hand_in, angekommen=1))
    return redirect(url_for(".index", angekommen=len(taken)))


def _request_answered(citizen: Citizen) -> EvidenceRequest | None:
    id = request.args.get("request", type=UUID)
    if id is None:
        return None
    asked = queries.request_for(db.session, id, citizen)
    rules.check_can_answer(asked, citizen)
    return asked


def _hand_in_page(form: forms.AnswerForm, asked: EvidenceRequest | None) -> str:
    allow_devices()
    return render_template("casefiles/hand_in.html", form=form, asked=asked)


@blueprint.get("/einsicht")
@citizens(Power.SEE)
def who_read() -> ResponseReturnValue:
    """Show who of the office opened the own file, what of it, when and why."""
    citizen = signed_in_citizen()
    case = queries.case_of(db.session, asker=citizen)
    here = page_number()
    events, count = (
        readings.readings_for(
            db.session,
            case=case,
            asker=citizen,
            offset=(here - 1) * ON_ONE_PAGE,
            limit=ON_ONE_PAGE,
        )
        if case
        else ([], 0)
    )
    titles = queries.titles_of(db.session, events=events, asker=citizen)
    return render_template(
        "casefiles/readings.html",
        rows=shown.readings(events, titles),
        count=count,
        here=here,
        last=max(1, -(-count // ON_ONE_PAGE)),
    )


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def document(id: UUID) -> ResponseReturnValue:
    """Show one document: its state, its pages, who opened it, and what to do if it came back."""
    citizen = signed_in_citizen()
    found = queries.document_for(db.session, id, citizen)
    hand_in = receipts.hand_in_of(db.session, document=found, asker=citizen)
    return render_template(
        "casefiles/document.html",
        document=found,
        descent=descent.of(db.session, document=found, asker=citizen),
        task=queries.request_after(db.session, document=found),
        openings=shown.openings(readings.openings_of(db.session, document=found)),
        pictures=shown.pictures(found, endpoint=".page") if rules.can_open(found, citizen) else [],
        details=[
            *shown.details(found),
            *(shown.handed_in(hand_in) if hand_in else []),
            *shown.proof(found),
        ],
        kinds=kinds,
        sent_by=queries.sent_by_other(db.session, document=found),
        arrived=_just_arrived(),
    )


@blueprint.get("/<uuid:id>/seite/<int:number>")
@citizens(Power.SEE)
def page(id: UUID, number: int) -> ResponseReturnValue:
    """Send the picture of one page."""
    return answers.picture(
        queries.page_for(db.session, id, number, signed_in_citizen()).image_file_id
    )


@blueprint.get("/<uuid:id>/seite/<int:number>/klein")
@citizens(Power.SEE)
def thumbnail(id: UUID, number: int) -> ResponseReturnValue:
    """Send the small picture of one page."""
    return answers.picture(
        queries.page_for(db.session, id, number, signed_in_citizen()).thumbnail_file_id
    )


@blueprint.get("/<uuid:id>/datei")
@citizens(Power.SEE)
def download(id: UUID) -> ResponseReturnValue:
    """Send the safe copy to be saved."""
    citizen = signed_in_citizen()
    found = queries.document_for(db.session, id, citizen)
    rules.check_can_open(found, citizen)
    return answers.safe_copy(found)
