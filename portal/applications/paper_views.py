"""Citizen pages of the papers that follow from the answers: which, hand in, say why not."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.applications import paper_pages, papers, queries, rules, service, wording
from portal.applications.queries import Filled
from portal.applications.sheet import Need
from portal.casefiles import kinds
from portal.casefiles import queries as files
from portal.casefiles.forms import AnswerForm
from portal.casefiles.models import Document, DocumentState
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, NotFound
from portal.uploads import baskets

blueprint = Blueprint("application_papers", __name__, url_prefix="/antraege")

PAPERS_TO_NAME = 30
LOST = frozenset({DocumentState.REJECTED, DocumentState.BLOCKED})


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"say": wording.of_request(), "rules": rules, "kinds": kinds}


def _filled(id: UUID) -> Filled:
    return queries.filled_for(db.session, id, asker=signed_in_citizen())


def _need(filled: Filled, key: str) -> Need:
    found = filled.sheet.need(key)
    if found is None:
        raise NotFound(gettext("Diese Unterlage brauchen wir nach Ihren Antworten nicht mehr."))
    return found


@blueprint.get("/<uuid:id>/unterlagen")
@citizens(Power.SEE)
def documents(id: UUID) -> ResponseReturnValue:
    """List the papers that follow from the answers, each with its reason."""
    filled, me = _filled(id), signed_in_citizen()
    attachments = queries.attachments_of(db.session, application=filled.application, asker=me)
    said = papers.said_of(db.session, application=filled.application)
    return _render("documents", filled, attachments=attachments, said=said)


@blueprint.get("/<uuid:id>/unterlagen/<string:key>")
@citizens(Power.UPLOAD)
def need(id: UUID, key: str) -> ResponseReturnValue:
    """Ask for the files of one paper, or for what there is to say of it."""
    filled = _filled(id)
    rules.check_can_attach(filled.application)
    return _need_page(filled, _need(filled, key), AnswerForm(formdata=None))


@blueprint.post("/<uuid:id>/unterlagen/<string:key>")
@citizens(Power.UPLOAD)
@limited("upload")
@commits
def attach(id: UUID, key: str) -> ResponseReturnValue:
    """Take in the files of one paper."""
    filled, form, now = _filled(id), AnswerForm(), clock.now()
    needed, me = _need(filled, key), signed_in_citizen()
    if not form.validate():
        return _need_page(filled, needed, form), 422
    try:
        groups = baskets.picked(form.upload_ids, form.picked, together=form.together.data)
        service.attach(db.session, filled=filled, need=needed, groups=groups, by=me, now=now)
    except InvalidInput as problem:
        db.session.rollback()
        if not files.documents_made_of(db.session, file_ids=form.upload_ids, owner=me):
            form.files.errors = [problem.message]
            return _need_page(_filled(id), needed, form), problem.status
    flash(gettext("Ihre Unterlage ist da. Sie liegt jetzt in Ihrer Akte."))
    return redirect(url_for(".documents", id=id))


@blueprint.get("/<uuid:id>/unterlagen/<string:key>/<string:slug>")
@citizens(Power.UPLOAD)
def ask(id: UUID, key: str, slug: str) -> ResponseReturnValue:
    """Ask what belongs to one of the answers without a paper."""
    filled = _filled(id)
    rules.check_can_attach(filled.application)
    return _say_page(filled, _need(filled, key), slug, _say_form(slug))


@blueprint.post("/<uuid:id>/unterlagen/<string:key>/<string:slug>")
@citizens(Power.UPLOAD)
@commits
def say(id: UUID, key: str, slug: str) -> ResponseReturnValue:
    """Keep what is said of a paper that is not there, or take one that lies in the file."""
    filled, form, me, now = _filled(id), _say_form(slug), signed_in_citizen(), clock.now()
    needed, answer = _need(filled, key), paper_pages.answer_of(slug)
    if not form.validate_on_submit():
        return _say_page(filled, needed, slug, form), 422
    if form.document_id:
        known = files.document_for(db.session, form.document_id, me)
        papers.name_known(db.session, filled=filled, need=needed, document=known, by=me, now=now)
    else:
        papers.say(
            db.session,
            filled=filled,
            need=needed,
            answer=answer,
            words=form.said,
            day=form.day,
            by=me,
            now=now,
        )
    flash(gettext("Ihre Antwort ist notiert."))
    return redirect(url_for(".documents", id=id))


def _say_form(slug: str) -> Any:
    return paper_pages.say_form(slug, offer=_own_papers)


def _own_papers() -> list[Document]:
    found = files.documents_of(db.session, asker=signed_in_citizen(), limit=PAPERS_TO_NAME)
    return [one for one in found if not one.from_office and one.state not in LOST]


def _need_page(filled: Filled, need: Need, form: AnswerForm) -> str:
    me = signed_in_citizen()
    attachments = queries.attachments_of(db.session, application=filled.application, asker=me)
    allow_devices()
    basket = f"antrag-{filled.application.id}-{need.key}"

    return _render(
        "need",
        filled,
        need=need,
        form=form,
        handed_in=[one for one in attachments if one.requirement == need.key],
        said=papers.said_of(db.session, application=filled.application).get(need.key),
        ways_to_say=_at(filled).ways_to_say(need),
        basket=basket,
        waiting=baskets.waiting(basket),
    )


def _say_page(filled: Filled, need: Need, slug: str, form: Any) -> str:
    return _render("say", filled, need=need, answer=paper_pages.answer_of(slug), form=form)


def _at(filled: Filled) -> paper_pages.PapersAt:
    return paper_pages.PapersAt("application_papers", filled.application.id)


def _render(name: str, filled: Filled, **more: Any) -> str:
    return render_template(
        f"applications/{name}.html",
        filled=filled,
        application=filled.application,
        sheet=filled.sheet,
        from_others=paper_pages.of_others(filled),
        papers_at=_at(filled),
        **more,
    )
