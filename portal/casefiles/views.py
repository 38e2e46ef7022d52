"""Citizen pages of the digital file: my tasks, my documents, handing in, one document."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.for_whom import may
from portal.accounts.limits import limited
from portal.accounts.models import Citizen, Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.casefiles import (
    answers,
    asked,
    descent,
    forms,
    kinds,
    matching,
    queries,
    readings,
    receipts,
    rules,
    service,
    shown,
)
from portal.casefiles.models import (
    Document,
    DocumentKind,
    DocumentState,
    EvidenceRequest,
    RequestState,
)
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db
from portal.core.errors import InvalidInput
from portal.core.requests import page_number
from portal.papers.limits import MAX_FILES
from portal.uploads import baskets

blueprint = Blueprint("casefiles", __name__, url_prefix="/unterlagen")

ON_ONE_PAGE = 20
MANY = 9
_OPEN = RequestState.OPEN


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
    requests = queries.unsettled_requests_of(db.session, asker=citizen)
    today = clock.local_date(clock.now())
    return render_template(
        "casefiles/index.html",
        tasks=asked.tasks((one for one in requests if one.state == _OPEN), today=today),
        answered=asked.answered(one for one in requests if one.state != _OPEN),
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
    citizen = signed_in_citizen()
    task = _request_answered(citizen)
    return _hand_in_page(_form(task, citizen), task)


@blueprint.post("/neu")
@citizens(Power.UPLOAD)
@limited("upload")
@commits
def send() -> ResponseReturnValue:
    """Take the files in; what cannot be taken is named, and nothing typed is lost."""
    citizen = signed_in_citizen()
    task = _request_answered(citizen)
    form = _form(task, citizen)
    if not form.validate_on_submit():
        return _hand_in_page(form, task), 422
    try:
        taken = service.hand_in(
            db.session,
            owner=citizen,
            groups=baskets.picked(form.upload_ids, form.picked, together=form.together.data),
            kind=form.document_kind,
            title=form.document_title,
            request=task or _request_chosen(form, citizen),
            now=clock.now(),
        )
    except InvalidInput as error:
        db.session.rollback()
        if done := _taken_before(form, citizen):
            return _arrived(done)
        form.files.errors = [error.message]
        return _hand_in_page(form, task), error.status
    return _arrived(taken)


def _taken_before(form: forms.AnswerForm, citizen: Citizen) -> Sequence[Document]:
    """Return what the first of two clicks has made of the same uploads."""
    return queries.documents_made_of(db.session, file_ids=form.upload_ids, owner=citizen)


def _arrived(taken: Sequence[Document]) -> ResponseReturnValue:
    """Lead to what has arrived; who may not see it goes to the list."""
    hidden = queries.hidden_kinds(db.session, asker=signed_in_citizen())
    hand_in = receipts.latest_of(taken)
    if hand_in and may(Power.SEE) and not any(one.kind in hidden for one in taken):
        return redirect(url_for("hand_ins.show", id=hand_in, angekommen=1))
    return redirect(url_for(".index", angekommen=len(taken)))


def _request_answered(citizen: Citizen) -> EvidenceRequest | None:
    id = request.args.get("request", type=UUID)
    if id is None:
        return None
    task = queries.request_for(db.session, id, citizen)
    rules.check_can_answer(task, citizen)
    return task


def _request_chosen(form: forms.AnswerForm, citizen: Citizen) -> EvidenceRequest | None:
    id = form.task_id if isinstance(form, forms.HandInForm) else None
    return queries.request_for(db.session, id, citizen) if id else None


def _form(task: EvidenceRequest | None, citizen: Citizen) -> forms.AnswerForm:
    """Ask only for files when the task is known, else for which of the open tasks they are."""
    if task is not None:
        return forms.AnswerForm()
    open_tasks = queries.open_requests_of(db.session, asker=citizen) if may(Power.SEE) else []
    found = matching.fits(open_tasks, _announced())
    best = str(found[0].request.id) if found else None
    return forms.HandInForm().offer([asked.as_choice(one) for one in open_tasks], best=best)


def _announced() -> matching.Paper:
    """Return what the address says of the paper to come: `?art=` is its kind, `?name=` its file."""
    kind = request.args.get("art", type=DocumentKind)
    return matching.Paper(kind=kind, filename=request.args.get("name", ""))


def _hand_in_page(form: forms.AnswerForm, task: EvidenceRequest | None) -> str:
    allow_devices()
    basket = f"anforderung-{task.id}" if task else "unterlagen"
    return render_template(
        "casefiles/hand_in.html",
        form=form,
        asked=task,
        basket=basket,
        waiting=baskets.waiting(basket),
    )


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
        fit=_suggestion(found, citizen),
    )


def _suggestion(found: Document, citizen: Citizen) -> asked.Row | None:
    """Return the open task that a paper without one may answer."""
    if found.request_id or found.from_office or found.state == DocumentState.REJECTED:
        return None
    open_tasks = queries.open_requests_of(db.session, asker=citizen)
    fits = matching.fits(open_tasks, matching.paper_of(found))
    return asked.suggestion(fits[0]) if fits else None


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
