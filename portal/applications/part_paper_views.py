"""Pages of the papers of a part: which follow, hand in, say why not; and signing on paper."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.session import account_holder, account_holders, signed_in_citizen
from portal.applications import (
    paper_pages,
    papers,
    part_papers,
    part_queries,
    queries,
    rules,
    wording,
)
from portal.applications.models import Attachment, OwnPart
from portal.applications.part_papers import SIGNED
from portal.applications.queries import Filled
from portal.applications.sheet import Need
from portal.casefiles import kinds
from portal.casefiles import queries as files
from portal.casefiles.forms import AnswerForm
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.papers import filenames
from portal.uploads import baskets

blueprint = Blueprint("application_part_papers", __name__, url_prefix="/antraege/teil")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"say": wording.of_request(), "rules": rules, "kinds": kinds}


def _open(id: UUID) -> tuple[OwnPart, Filled]:
    """Return a part of the asker; files are sent for oneself only (`uploads.baskets`)."""
    me = account_holder()
    opened = part_queries.filled_for(db.session, id, asker=me)
    if signed_in_citizen().id != me.id:
        raise Conflict(
            gettext(
                "Sie handeln gerade für eine andere Person. Wechseln Sie zuerst zurück zu Ihren"
                " eigenen Angelegenheiten."
            )
        )
    return opened


def _need(part: OwnPart, filled: Filled, key: str) -> Need:
    found = part_papers.need_of(part, filled.sheet, key)
    if found is None:
        raise NotFound(gettext("Diese Unterlage brauchen wir nach Ihren Antworten nicht mehr."))
    return found


def _to_say(part: OwnPart, filled: Filled, key: str) -> Need:
    """Return a paper of which something can be said: of the signed sheet there is nothing."""
    if key == SIGNED:
        raise NotFound
    return _need(part, filled, key)


def _mine(part: OwnPart) -> list[Attachment]:
    found = queries.attachments_of(db.session, application=part.application)
    return [one for one in found if one.document.owner_id == part.citizen_id]


@blueprint.get("/<uuid:id>/unterlagen")
@account_holders
def documents(id: UUID) -> ResponseReturnValue:
    """List the papers that follow from the answers of this part, each with its reason."""
    part, filled = _open(id)
    said = papers.said_of(db.session, application=filled.application)
    return _render("parts/documents", part, filled, attachments=_mine(part), said=said)


@blueprint.get("/<uuid:id>/unterlagen/<string:key>")
@account_holders
def need(id: UUID, key: str) -> ResponseReturnValue:
    """Ask for the files of one paper, or for what there is to say of it."""
    part, filled = _open(id)
    rules.check_can_attach(filled.application)
    return _need_page(part, filled, key, AnswerForm(formdata=None))


@blueprint.post("/<uuid:id>/unterlagen/<string:key>")
@account_holders
@limited("upload")
@commits
def attach(id: UUID, key: str) -> ResponseReturnValue:
    """Take in the files of one paper."""
    (part, filled), form, me = _open(id), AnswerForm(), account_holder()
    needed, now = _need(part, filled, key), clock.now()
    if not form.validate():
        return _need_page(part, filled, key, form), 422
    try:
        groups = baskets.picked(form.upload_ids, form.picked, together=form.together.data)
        part_papers.attach(
            db.session, part=part, filled=filled, need=needed, groups=groups, by=me, now=now
        )
    except InvalidInput as problem:
        db.session.rollback()
        if not files.documents_made_of(db.session, file_ids=form.upload_ids, owner=me):
            form.files.errors = [problem.message]
            return _need_page(*_open(id), key, form), problem.status
    flash(gettext("Ihre Unterlage ist da. Sie liegt jetzt in der Akte."))
    return redirect(_after(part, key))


@blueprint.get("/<uuid:id>/unterlagen/<string:key>/<string:slug>")
@account_holders
def ask(id: UUID, key: str, slug: str) -> ResponseReturnValue:
    """Ask what belongs to one of the answers without a paper."""
    part, filled = _open(id)
    rules.check_can_attach(filled.application)
    return _say_page(part, filled, key, slug, _say_form(part, slug))


@blueprint.post("/<uuid:id>/unterlagen/<string:key>/<string:slug>")
@account_holders
@commits
def say(id: UUID, key: str, slug: str) -> ResponseReturnValue:
    """Keep what is said of a paper that is not there, or take one that lies in the file."""
    (part, filled), me, now = _open(id), account_holder(), clock.now()
    needed, form = _to_say(part, filled, key), _say_form(part, slug)
    if not form.validate_on_submit():
        return _say_page(part, filled, key, slug, form), 422
    about: dict[str, Any] = {"part": part, "filled": filled, "need": needed, "by": me, "now": now}
    if form.document_id:
        known = files.document_for(db.session, form.document_id, me)
        part_papers.name_known(db.session, document=known, **about)
    else:
        answer = paper_pages.answer_of(slug)
        part_papers.say(db.session, answer=answer, words=form.said, day=form.day, **about)
    flash(gettext("Ihre Antwort ist notiert."))
    return redirect(_after(part, key))


@blueprint.post("/<uuid:id>/unterschrift")
@account_holders
@commits
def sign_on_paper(id: UUID) -> ResponseReturnValue:
    """Write down that the person signs a sheet of paper."""
    part, filled = part_queries.filled_for(db.session, id, asker=account_holder())
    me, now = account_holder(), clock.now()
    part_papers.sign_on_paper(db.session, part=part, filled=filled, by=me, now=now)
    return redirect(url_for("application_parts.show", id=id))


@blueprint.get("/<uuid:id>/unterschrift.pdf")
@account_holders
def sheet(id: UUID) -> ResponseReturnValue:
    """Print the sheet to sign."""
    part, filled = part_queries.filled_for(db.session, id, asker=account_holder())
    answer = Response(part_papers.printed(part, filled), content_type="application/pdf")
    name = f"Zum-Unterschreiben-{filled.application.number}.pdf"
    answer.headers["Content-Disposition"] = filenames.disposition(name)
    return answer


def _after(part: OwnPart, key: str) -> str:
    if key == SIGNED:
        return url_for("application_parts.show", id=part.id)
    return _at(part).all()


def _say_form(part: OwnPart, slug: str) -> Any:
    me = account_holder()
    return paper_pages.say_form(
        slug, offer=lambda: part_papers.papers_to_name(db.session, part=part, asker=me)
    )


def _at(part: OwnPart) -> paper_pages.PapersAt:
    return paper_pages.PapersAt("application_part_papers", part.id)


def _need_page(part: OwnPart, filled: Filled, key: str, form: AnswerForm) -> str:
    needed = _need(part, filled, key)
    allow_devices()
    basket = f"teil-{part.id}-{needed.key}"
    said = papers.said_of(db.session, application=filled.application)
    return _render(
        "need",
        part,
        filled,
        need=needed,
        form=form,
        handed_in=[one for one in _mine(part) if one.requirement == needed.key],
        said=said.get(needed.key),
        ways_to_say=() if key == SIGNED else _at(part).ways_to_say(needed),
        basket=basket,
        waiting=baskets.waiting(basket),
    )


def _say_page(part: OwnPart, filled: Filled, key: str, slug: str, form: Any) -> str:
    needed, answer = _to_say(part, filled, key), paper_pages.answer_of(slug)
    return _render("say", part, filled, need=needed, answer=answer, form=form)


def _render(name: str, part: OwnPart, filled: Filled, **more: Any) -> str:
    return render_template(
        f"applications/{name}.html",
        filled=filled,
        application=filled.application,
        sheet=filled.sheet,
        own_part=part,
        papers_at=_at(part),
        from_others=frozenset(),
        **more,
    )
