"""Citizen pages of applications: the form page by page, papers, check page, sending, status."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import ask_for_proof, citizens, signed_in_citizen
from portal.applications import (
    correction_queries,
    forms,
    moving,
    pages,
    paper_pages,
    part_papers,
    part_queries,
    parts,
    queries,
    reading_shown,
    rules,
    service,
    status_shown,
    supplement_ways,
    topics,
    versions,
    ways,
    wording,
)
from portal.applications.models import ApplicationState, Attachment
from portal.applications.places import new_row_id
from portal.applications.queries import Filled
from portal.applications.questions import DocumentQuestion
from portal.applications.sheet import Step
from portal.casefiles import kinds
from portal.casefiles import queries as files
from portal.casefiles.models import Document
from portal.core import clock
from portal.core.db import commits, db, new_id
from portal.core.errors import NotFound

blueprint = Blueprint("applications", __name__, url_prefix="/antraege")

_SET_ASIDE_ONE = lazy_gettext(
    "Eine frühere Angabe passt nicht mehr zu Ihren Antworten. Wir heben sie auf, senden sie aber "
    "nicht mit."
)
_SET_ASIDE_MANY = (
    "%(count)d frühere Angaben passen nicht mehr zu Ihren Antworten. Wir heben sie auf, senden "
    "sie aber nicht mit."
)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    say = wording.of_request()
    return {
        "say": say,
        "words": wording,
        "rules": rules,
        "ways": ways,
        "kinds": kinds,
        "topics": topics,
    }


def _attachments(filled: Filled) -> Sequence[Attachment]:
    return queries.attachments_of(
        db.session, application=filled.application, asker=signed_in_citizen()
    )


def _receipt(filled: Filled) -> Document | None:
    return queries.receipt_of(db.session, application=filled.application, asker=signed_in_citizen())


@blueprint.get("")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """List the own applications and the forms that can be begun."""
    applications = queries.applications_of(db.session, asker=signed_in_citizen())
    known = {one.id: queries.form_of(db.session, application=one) for one in applications}
    today, me = clock.local_date(clock.now()), signed_in_citizen()
    offered = versions.offered(db.session, today)
    first = topics.first_of_all(offered, files.case_of(db.session, asker=me), today)
    own = () if me.represented_by else part_queries.held_by(db.session, asker=me)
    return render_template(
        "applications/index.html", applications=applications, known=known, first=first, own=own
    )


@blueprint.get("/formulare")
@citizens(Power.SEE)
def catalogue() -> ResponseReturnValue:
    """List every form that can be begun, under what somebody wants to do."""
    offered = versions.offered(db.session, clock.local_date(clock.now()))
    return render_template("applications/catalogue.html", offers=topics.by_topic(offered))


@blueprint.get("/neu/<string:form>")
@citizens(Power.SEE)
def start(form: str) -> ResponseReturnValue:
    """Say what the form is for, how long it takes and what happens to it."""
    definition = versions.current(db.session, form, clock.local_date(clock.now()))
    if definition is None:
        raise NotFound
    draft = queries.open_draft(db.session, form=form, asker=signed_in_citizen())
    return render_template("applications/start.html", definition=definition, draft=draft)


@blueprint.post("/neu/<string:form>")
@citizens(Power.FILL_IN)
@commits
def begin(form: str) -> ResponseReturnValue:
    """Begin a draft, or go on with the open one."""
    made = service.start(db.session, form=form, by=signed_in_citizen(), now=clock.now())
    return redirect(url_for("applications.show", id=made.id))


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def show(id: UUID) -> ResponseReturnValue:
    """Show the task list of a draft, or where a sent application stands."""
    filled = pages.filled(id)
    if rules.can_edit(filled.application):
        others = _others(filled)
        attachments = _attachments(filled)
        return _render(
            "overview", filled, attachments=attachments, others=others, now_is=clock.now()
        )
    return _status_page(filled)


def _others(filled: Filled) -> list[parts.Standing]:
    """Return who else could fill in the own part; only who applies gives parts away."""
    if signed_in_citizen().represented_by:
        return []
    return parts.standing(db.session, filled=filled)


@blueprint.get("/<uuid:id>/<string:page_id>")
@citizens(Power.FILL_IN)
def page(id: UUID, page_id: str) -> ResponseReturnValue:
    """Show one page of a draft."""
    filled = pages.draft(id)
    step = pages.step(filled.sheet, page_id)
    if step.page.group is not None:
        return _list_page(filled, step, forms.ButtonForm(formdata=None))
    return _question_page(filled, step, pages.form_of(filled.sheet, step))


@blueprint.post("/<uuid:id>/<string:page_id>")
@citizens(Power.FILL_IN)
@commits
def save_page(id: UUID, page_id: str) -> ResponseReturnValue:
    """Keep what is right on this page and go on; come back to it for what is wrong."""
    filled = pages.draft(id)
    step = pages.step(filled.sheet, page_id)
    if step.page.group is not None:
        return _leave_list(filled, step)
    form = pages.form_of(filled.sheet, step)
    whole = form.validate()
    saved, conflicts = _save(filled, form)
    if conflicts:
        form = pages.form_of(saved.sheet, step, undecided=conflicts)
        form.mark_anew(saved.sheet)
        return _question_page(saved, step, form), 422
    if form.has_mistakes() or (not whole and not ways.leaves()):
        form.mark_anew(saved.sheet)
        return _question_page(filled, step, form), 422
    if saved.sheet.gaps_on(step) and not ways.leaves():
        flash(gettext("Dazu haben wir noch eine Frage."), "info")
        return redirect(ways.same(saved, step))
    if _has_new_note(filled, saved, step) and not ways.leaves():
        return redirect(ways.same(saved, step))
    return redirect(ways.after(saved, step))


def _has_new_note(before: Filled, after: Filled, step: Step) -> bool:
    """Tell whether the answers have made the page say something that was not there before."""
    say = wording.of_request()
    return not set(say.notes(after.sheet, step)) <= set(say.notes(before.sheet, step))


def _leave_list(filled: Filled, step: Step) -> ResponseReturnValue:
    """Go on from a list, unless an entry is missing or not complete."""
    gaps = filled.sheet.gaps_on(step)
    if not gaps or ways.leaves():
        return redirect(ways.after(filled, step))
    form = forms.ButtonForm()
    form.form_errors.append(
        gettext("Tragen Sie mindestens einen Eintrag ein.")
        if gaps[0].row is None
        else gettext("Ein Eintrag ist noch nicht vollständig. Öffnen Sie ihn mit „Ändern“.")
    )
    return _list_page(filled, step, form), 422


@blueprint.get("/<uuid:id>/<string:page_id>/eintrag/<uuid:row>")
@citizens(Power.FILL_IN)
def row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Show one entry of a list; an unknown one is a new one."""
    filled = pages.draft(id)
    step = pages.step(filled.sheet, page_id)
    return _row_page(filled, step, row, pages.row_form(filled.sheet, step, row))


@blueprint.post("/<uuid:id>/<string:page_id>/eintrag/<uuid:row>")
@citizens(Power.FILL_IN)
@commits
def save_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Keep one entry of a list; ask again if its answers open further questions."""
    filled = pages.draft(id)
    step = pages.step(filled.sheet, page_id)
    form = pages.row_form(filled.sheet, step, row)
    whole = form.validate()
    saved, conflicts = _save(filled, form)
    if conflicts:
        form = pages.row_form(saved.sheet, step, row, undecided=conflicts)
        form.mark_anew(saved.sheet)
        return _row_page(saved, step, row, form), 422
    if form.has_mistakes() or (not whole and not ways.leaves()):
        form.mark_anew(saved.sheet)
        return _row_page(filled, step, row, form), 422
    if any(gap.row == row for gap in saved.sheet.gaps_on(step)) and not ways.leaves():
        flash(gettext("Dazu haben wir noch eine Frage."), "info")
        return redirect(ways.here("applications.row", id=id, page_id=page_id, row=row))
    return redirect(ways.same(saved, step))


@blueprint.post("/<uuid:id>/<string:page_id>/eintrag/<uuid:row>/entfernen")
@citizens(Power.FILL_IN)
@commits
def remove_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Take one entry out of a list."""
    filled, me, now = pages.draft(id), signed_in_citizen(), clock.now()
    step = pages.step(filled.sheet, page_id)
    group, owner = pages.group(step), step.owner
    title = wording.of_request().row_title(filled.sheet, group, row, owner)
    service.remove_row(db.session, filled=filled, group=group, row=row, owner=owner, by=me, now=now)
    flash(gettext("„%(title)s“ ist entfernt.", title=title))
    return redirect(ways.here("applications.page", id=id, page_id=page_id))


@blueprint.get("/<uuid:id>/pruefen")
@citizens(Power.SEE)
def check(id: UUID) -> ResponseReturnValue:
    """Show everything before it is sent, with a way to change each answer."""
    return _check_page(pages.draft(id))


@blueprint.post("/<uuid:id>/senden")
@citizens(Power.SEND)
@limited("application")
@commits
def send(id: UUID) -> ResponseReturnValue:
    """Send the application, once."""
    filled = pages.filled(id)
    if rules.can_edit(filled.application) and filled.sheet.gaps:
        return _check_page(filled), 422
    key, me, now = forms.SendForm().submit_key, signed_in_citizen(), clock.now()
    if moving.move_on(db.session, application=filled.application, now=now):
        flash(gettext("Das Formular hat eine neue Fassung. Sehen Sie bitte nach, was neu ist."))
        return redirect(url_for("applications.show", id=id))
    if rules.changes_account(filled.sheet) and (proof := ask_for_proof()):
        return proof
    service.submit(db.session, application=filled.application, key=key, by=me, now=now)
    return redirect(url_for("applications.sent", id=id))


@blueprint.post("/<uuid:id>/aenderungen")
@citizens(Power.FILL_IN)
@commits
def read_changes(id: UUID) -> ResponseReturnValue:
    """Put the list of what changed with a new version aside."""
    application = pages.draft(id).application
    moving.acknowledge(db.session, application=application, by=signed_in_citizen(), now=clock.now())
    return redirect(url_for("applications.show", id=id))


@blueprint.get("/<uuid:id>/gesendet")
@citizens(Power.SEE)
def sent(id: UUID) -> ResponseReturnValue:
    """Say what was done, what happens next and until when."""
    filled = pages.filled(id)
    if rules.can_edit(filled.application):
        return redirect(url_for("applications.show", id=id))
    receipt = _receipt(filled)
    usual = rules.usual_time(
        correction_queries.processing_times(db.session), filled.sheet.form.form
    )
    return _render(
        "sent",
        filled,
        attachments=_attachments(filled),
        receipt=receipt,
        usual=status_shown.usual_words(filled, usual),
    )


@blueprint.get("/<uuid:id>/zurueckziehen")
@citizens(Power.SEND)
def ask_withdraw(id: UUID) -> ResponseReturnValue:
    """Ask whether the application shall really be taken back."""
    filled = pages.filled(id)
    rules.check_transition(filled.application, ApplicationState.WITHDRAWN)
    return _render("withdraw", filled, form=forms.ButtonForm(formdata=None))


@blueprint.post("/<uuid:id>/zurueckziehen")
@citizens(Power.SEND)
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Take a sent application back."""
    application = pages.filled(id).application
    service.withdraw(db.session, application=application, by=signed_in_citizen(), now=clock.now())
    flash(gettext("Ihr Antrag ist zurückgezogen."))
    return redirect(url_for("applications.show", id=id))


def _status_page(filled: Filled) -> str:
    me, now = signed_in_citizen(), clock.now()
    return _render(
        "status",
        filled,
        attachments=_attachments(filled),
        receipt=_receipt(filled),
        sent_by=queries.sent_by_other(db.session, application=filled.application),
        standing=status_shown.of(db.session, filled=filled, asker=me, now=now),
        status_shown=status_shown,
        signing=part_papers.signing(db.session, application=filled.application),
        amend=supplement_ways,
        now=now,
        land=current_app.config["SETTINGS"].land,
    )


def _save(filled: Filled, form: forms.PageForm) -> tuple[Filled, list[str]]:
    """Keep the answers and say which others do not fit any more; name where two people differ."""
    me, now = signed_in_citizen(), clock.now()
    saved = service.save_typed(
        db.session, filled=filled, typed=form.answers(), shown=form.shown(), by=me, now=now
    )
    newly = len(set(saved.filled.sheet.aside) - set(filled.sheet.aside))
    if newly:
        flash(_SET_ASIDE_ONE if newly == 1 else gettext(_SET_ASIDE_MANY, count=newly), "info")
    return saved.filled, [place.question for place in saved.conflicts]


def _question_page(filled: Filled, step: Step, form: forms.PageForm) -> str:
    attachments = _attachments(filled) if filled.sheet.form.documents else ()
    papers = [
        (filled.sheet.need_on(step, question), attachments)
        for question in filled.sheet.asked_on(step)
        if isinstance(question, DocumentQuestion)
    ]
    back = ways.before(filled, step)
    at = paper_pages.PapersAt("application_papers", filled.application.id)
    return _render("page", filled, step=step, form=form, papers=papers, papers_at=at, back=back)


def _list_page(filled: Filled, step: Step, form: forms.ButtonForm) -> str:
    new_row, back = new_row_id(), ways.before(filled, step)
    return _render("list", filled, step=step, form=form, new_row=new_row, back=back)


def _row_page(filled: Filled, step: Step, row: UUID, form: forms.PageForm) -> str:
    return _render("row", filled, step=step, row=row, form=form, back=ways.same(filled, step))


def _check_page(filled: Filled) -> str:
    form = forms.SendForm(formdata=None, key=str(new_id()))
    me = signed_in_citizen()
    counts = service.counts_from(db.session, sheet=filled.sheet, citizen=me, now=clock.now())
    return _render("check", filled, form=form, attachments=_attachments(filled), counts_from=counts)


def _render(name: str, filled: Filled, **more: Any) -> str:
    if "attachments" in more or more.get("papers"):
        more["from_others"] = paper_pages.of_others(filled)
    return render_template(
        f"applications/{name}.html",
        filled=filled,
        application=filled.application,
        sheet=filled.sheet,
        beside=_beside(filled),
        **more,
    )


def _beside(filled: Filled) -> reading_shown.Beside:
    """Return who reads a draft along and what is proposed in it."""
    if not rules.can_edit(filled.application):
        return reading_shown.Beside()
    return reading_shown.beside(db.session, wording.of_request(), filled, now=clock.now())
