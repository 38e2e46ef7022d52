"""Citizen pages of one task: what is asked for, the seven answers, what was answered."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.for_whom import may
from portal.accounts.limits import limited
from portal.accounts.models import Citizen, Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.casefiles import (
    asked,
    asking,
    asking_forms,
    deadlines,
    evidence,
    kinds,
    law,
    matching,
    queries,
    rules,
    shown,
)
from portal.casefiles.models import Document, DocumentState, EvidenceAnswer, EvidenceRequest
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError

blueprint = Blueprint("casefiles_tasks", __name__, url_prefix="/unterlagen/aufgaben")

PAPERS_TO_NAME = 12
READ_FOR_IT = 60
LOST = frozenset({DocumentState.REJECTED, DocumentState.BLOCKED})
_ANSWERS = {slug: answer for answer, slug in asked.SLUGS.items()}


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def show(id: UUID) -> ResponseReturnValue:
    """Show one task: what, why, until when, and the ways to answer."""
    citizen = signed_in_citizen()
    found = queries.request_for(db.session, id, citizen)
    today = clock.local_date(clock.now())
    papers = queries.documents_answering(db.session, request=found, asker=citizen)
    return render_template(
        "casefiles/task.html",
        task=found,
        details=asked.details(found, today=today),
        said=asked.said(found),
        said_by=evidence.said_by_other(db.session, request=found),
        choices=asked.choices(found),
        papers=shown.papers(papers),
        may_say=rules.can_say(found, citizen),
        may_hand_in=rules.can_answer(found, citizen),
        wants_more_time=deadlines.wants_more_time(found),
        consequence=law.may_lead_to_withholding(found),
    )


@blueprint.get("/<uuid:id>/<string:slug>")
@citizens(Power.UPLOAD)
def say(id: UUID, slug: str) -> ResponseReturnValue:
    """Ask what an answer needs."""
    citizen = signed_in_citizen()
    found = queries.request_for(db.session, id, citizen)
    rules.check_can_say(found, citizen)
    return _say_page(found, slug, _form(found, _answer_of(slug), citizen))


@blueprint.post("/<uuid:id>/<string:slug>")
@citizens(Power.UPLOAD)
@limited("message")
@commits
def answer(id: UUID, slug: str) -> ResponseReturnValue:
    """Take an answer in words."""
    citizen = signed_in_citizen()
    found = queries.request_to_change(db.session, id, citizen)
    rules.check_can_say(found, citizen)
    form = _form(found, _answer_of(slug), citizen)
    if not form.validate_on_submit():
        return _say_page(found, slug, form), 422
    try:
        _say(found, _answer_of(slug), form, citizen)
    except PortalError as error:
        form.refuse(error)
        return _say_page(found, slug, form), error.status
    flash(gettext("Danke. Ihre Antwort ist angekommen."), "success")
    return redirect(url_for(".show", id=id) if may(Power.SEE) else url_for("home.index"))


def _say(
    found: EvidenceRequest,
    answer: EvidenceAnswer,
    form: asking_forms.SayForm,
    citizen: Citizen,
) -> None:
    named = form.document_id
    asking.answer(
        db.session,
        request=found,
        answer=answer,
        words=form.said,
        day=form.day,
        document=queries.document_for(db.session, named, citizen) if named else None,
        by=citizen,
        now=clock.now(),
    )


def _answer_of(slug: str) -> EvidenceAnswer:
    if slug not in _ANSWERS:
        raise NotFound
    return _ANSWERS[slug]


def _form(found: EvidenceRequest, answer: EvidenceAnswer, citizen: Citizen) -> Any:
    form = asking_forms.SAYING[answer]()
    if isinstance(form, asking_forms.LaterForm):
        days = deadlines.days_to_name(
            found,
            today=clock.local_date(clock.now()),
            land=current_app.config["SETTINGS"].land,
            may_ask_for_more=evidence.may_ask_for_more_time(db.session, request=found),
        )
        form.offer(days, due_on=found.due_on)
    if isinstance(form, asking_forms.AlreadySentForm):
        form.offer(_papers_to_name(found, citizen))
    return form


def _papers_to_name(found: EvidenceRequest, citizen: Citizen) -> list[Document]:
    """Return own papers that may be the answer, those that fit best first."""
    if not may(Power.SEE):
        return []
    documents = queries.documents_of(db.session, asker=citizen, limit=READ_FOR_IT)
    meant = [one for one in documents if not one.from_office and one.state not in LOST]
    scores = {one.id: matching.score(found, matching.paper_of(one)) for one in meant}
    return sorted(meant, key=lambda one: -scores[one.id])[:PAPERS_TO_NAME]


def _say_page(found: EvidenceRequest, slug: str, form: Any) -> str:
    given = _answer_of(slug)
    return render_template(
        "casefiles/task_answer.html",
        task=found,
        name=asked.name(found),
        answer=given,
        heading=kinds.ANSWERS[given],
        where=law.FROM_WHOM.get(found.kind),
        form=form,
    )
