"""Citizen pages of applications: the form page by page, papers, check page, sending, status."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import ask_for_proof, citizens, signed_in_citizen
from portal.applications import definitions, forms, queries, rules, service, ways, wording
from portal.applications.definitions import GroupQuestion, Page
from portal.applications.models import ApplicationState, Attachment
from portal.applications.queries import Filled
from portal.applications.sheet import Need, Sheet
from portal.casefiles import kinds
from portal.casefiles import queries as files
from portal.casefiles.forms import AnswerForm
from portal.casefiles.models import Document
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db, new_id
from portal.core.errors import InvalidInput, NotFound
from portal.uploads import baskets

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
    return {"say": say, "words": wording, "rules": rules, "here": ways.here, "kinds": kinds}


def _filled(id: UUID) -> Filled:
    return queries.filled_for(db.session, id, asker=signed_in_citizen())


def _draft(id: UUID) -> Filled:
    """Return a draft; one that is sent already is shown where it stands now."""
    filled = _filled(id)
    if not rules.can_edit(filled.application) and request.method == "GET":
        abort(redirect(url_for("applications.show", id=id)))
    rules.check_can_edit(filled.application)
    return filled


def _page(sheet: Sheet, id: str) -> Page:
    page = sheet.page(id)
    if page is None:
        raise NotFound(
            gettext("Diese Frage gehört nicht zu Ihrem Antrag, so wie er jetzt ausgefüllt ist.")
        )
    return page


def _group(page: Page) -> GroupQuestion:
    if page.group is None:
        raise NotFound
    return page.group


def _need(sheet: Sheet, key: str) -> Need:
    found = sheet.need(key)
    if found is None:
        raise NotFound(gettext("Diese Unterlage brauchen wir nach Ihren Antworten nicht mehr."))
    return found


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
    known = {(a.form, a.version): definitions.version_of(a.form, a.version) for a in applications}
    offered = definitions.current("wba", clock.local_date(clock.now()))
    return render_template(
        "applications/index.html", applications=applications, known=known, offered=offered
    )


@blueprint.get("/neu/<string:form>")
@citizens(Power.SEE)
def start(form: str) -> ResponseReturnValue:
    """Say what the form is for, how long it takes and what happens to it."""
    definition = definitions.current(form, clock.local_date(clock.now()))
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
    filled = _filled(id)
    if rules.can_edit(filled.application):
        return _render("overview", filled, attachments=_attachments(filled))
    receipt = _receipt(filled)
    sent_by = queries.sent_by_other(db.session, application=filled.application)
    return _render(
        "status", filled, attachments=_attachments(filled), receipt=receipt, sent_by=sent_by
    )


@blueprint.get("/<uuid:id>/<string:page_id>")
@citizens(Power.FILL_IN)
def page(id: UUID, page_id: str) -> ResponseReturnValue:
    """Show one page of a draft."""
    filled = _draft(id)
    shown = _page(filled.sheet, page_id)
    if shown.group is not None:
        return _list_page(filled, shown, forms.ButtonForm(formdata=None))
    return _question_page(filled, shown, _form_of(filled.sheet, shown))


@blueprint.post("/<uuid:id>/<string:page_id>")
@citizens(Power.FILL_IN)
@commits
def save_page(id: UUID, page_id: str) -> ResponseReturnValue:
    """Keep what is right on this page and go on; come back to it for what is wrong."""
    filled = _draft(id)
    shown = _page(filled.sheet, page_id)
    if shown.group is not None:
        return _leave_list(filled, shown)
    form = _form_of(filled.sheet, shown)
    whole = form.validate()
    saved = _save(filled, form)
    if form.has_mistakes() or (not whole and not ways.leaves()):
        return _question_page(filled, shown, form), 422
    if saved.sheet.gaps_on(shown) and not ways.leaves():
        flash(gettext("Dazu haben wir noch eine Frage."), "info")
        return redirect(ways.same(saved, shown))
    return redirect(ways.after(saved, shown))


def _leave_list(filled: Filled, page: Page) -> ResponseReturnValue:
    """Go on from a list, unless an entry is missing or not complete."""
    gaps = filled.sheet.gaps_on(page)
    if not gaps or ways.leaves():
        return redirect(ways.after(filled, page))
    form = forms.ButtonForm()
    form.form_errors.append(
        gettext("Tragen Sie mindestens einen Eintrag ein.")
        if gaps[0].row is None
        else gettext("Ein Eintrag ist noch nicht vollständig. Öffnen Sie ihn mit „Ändern“.")
    )
    return _list_page(filled, page, form), 422


@blueprint.post("/<uuid:id>/<string:page_id>/merken")
@citizens(Power.FILL_IN)
@commits
def remember(id: UUID, page_id: str) -> ResponseReturnValue:
    """Keep what is right on this page while it is being filled in (autosave)."""
    filled = _draft(id)
    form = _form_of(filled.sheet, _page(filled.sheet, page_id))
    form.validate()
    _save(filled, form)
    return Response(status=204, mimetype="text/plain")


@blueprint.get("/<uuid:id>/<string:page_id>/eintrag/<uuid:row>")
@citizens(Power.FILL_IN)
def row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Show one entry of a list; an unknown one is a new one."""
    filled = _draft(id)
    shown = _page(filled.sheet, page_id)
    return _row_page(filled, shown, row, _row_form(filled.sheet, shown, row))


@blueprint.post("/<uuid:id>/<string:page_id>/eintrag/<uuid:row>")
@citizens(Power.FILL_IN)
@commits
def save_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Keep one entry of a list; ask again if its answers open further questions."""
    filled = _draft(id)
    shown = _page(filled.sheet, page_id)
    form = _row_form(filled.sheet, shown, row)
    whole = form.validate()
    saved = _save(filled, form, row)
    if form.has_mistakes() or (not whole and not ways.leaves()):
        return _row_page(filled, shown, row, form), 422
    if any(gap.row == row for gap in saved.sheet.gaps_on(shown)) and not ways.leaves():
        flash(gettext("Dazu haben wir noch eine Frage."), "info")
        return redirect(ways.here("applications.row", id=id, page_id=page_id, row=row))
    return redirect(ways.same(saved, shown))


@blueprint.post("/<uuid:id>/<string:page_id>/eintrag/<uuid:row>/entfernen")
@citizens(Power.FILL_IN)
@commits
def remove_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Take one entry out of a list."""
    filled, me, now = _draft(id), signed_in_citizen(), clock.now()
    group = _group(_page(filled.sheet, page_id))
    title = wording.of_request().row_title(filled.sheet, group, row)
    service.remove_row(db.session, filled=filled, group=group, row=row, by=me, now=now)
    flash(gettext("„%(title)s“ ist entfernt.", title=title))
    return redirect(ways.here("applications.page", id=id, page_id=page_id))


@blueprint.get("/<uuid:id>/unterlagen")
@citizens(Power.SEE)
def documents(id: UUID) -> ResponseReturnValue:
    """List the papers that follow from the answers, each with its reason."""
    filled = _filled(id)
    return _render("documents", filled, attachments=_attachments(filled))


@blueprint.get("/<uuid:id>/unterlagen/<string:key>")
@citizens(Power.UPLOAD)
def need(id: UUID, key: str) -> ResponseReturnValue:
    """Ask for the files of one requirement."""
    filled = _filled(id)
    rules.check_can_attach(filled.application)
    return _need_page(filled, _need(filled.sheet, key), AnswerForm(formdata=None))


@blueprint.post("/<uuid:id>/unterlagen/<string:key>")
@citizens(Power.UPLOAD)
@limited("upload")
@commits
def attach(id: UUID, key: str) -> ResponseReturnValue:
    """Take in the files of one requirement."""
    filled, form, now = _filled(id), AnswerForm(), clock.now()
    needed, me = _need(filled.sheet, key), signed_in_citizen()
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
    return redirect(url_for("applications.documents", id=id))


@blueprint.get("/<uuid:id>/pruefen")
@citizens(Power.SEE)
def check(id: UUID) -> ResponseReturnValue:
    """Show everything before it is sent, with a way to change each answer."""
    return _check_page(_draft(id))


@blueprint.post("/<uuid:id>/senden")
@citizens(Power.SEND)
@limited("application")
@commits
def send(id: UUID) -> ResponseReturnValue:
    """Send the application, once."""
    filled = _filled(id)
    if rules.can_edit(filled.application) and filled.sheet.gaps:
        return _check_page(filled), 422
    if rules.changes_account(filled.sheet) and (proof := ask_for_proof()):
        return proof
    key, me, now = forms.SendForm().submit_key, signed_in_citizen(), clock.now()
    service.submit(db.session, application=filled.application, key=key, by=me, now=now)
    return redirect(url_for("applications.sent", id=id))


@blueprint.get("/<uuid:id>/gesendet")
@citizens(Power.SEE)
def sent(id: UUID) -> ResponseReturnValue:
    """Say what was done, what happens next and until when."""
    filled = _filled(id)
    if rules.can_edit(filled.application):
        return redirect(url_for("applications.show", id=id))
    receipt = _receipt(filled)
    return _render("sent", filled, attachments=_attachments(filled), receipt=receipt)


@blueprint.get("/<uuid:id>/zurueckziehen")
@citizens(Power.SEND)
def ask_withdraw(id: UUID) -> ResponseReturnValue:
    """Ask whether the application shall really be taken back."""
    filled = _filled(id)
    rules.check_transition(filled.application, ApplicationState.WITHDRAWN)
    return _render("withdraw", filled, form=forms.ButtonForm(formdata=None))


@blueprint.post("/<uuid:id>/zurueckziehen")
@citizens(Power.SEND)
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Take a sent application back."""
    application = _filled(id).application
    service.withdraw(db.session, application=application, by=signed_in_citizen(), now=clock.now())
    flash(gettext("Ihr Antrag ist zurückgezogen."))
    return redirect(url_for("applications.show", id=id))


def _form_of(sheet: Sheet, page: Page) -> forms.PageForm:
    asked = [q for q in sheet.asked_on(page) if not isinstance(q, GroupQuestion)]
    kept = {question.id: sheet.answer(question.id) for question in asked}
    return forms.page_form(asked, kept, wording.of_request(), clock.local_date(clock.now()))


def _row_form(sheet: Sheet, page: Page, row: UUID) -> forms.PageForm:
    asked = sheet.asked_in(_group(page), row)
    kept = {question.id: sheet.answer(question.id, row) for question in asked}
    return forms.page_form(asked, kept, wording.of_request(), clock.local_date(clock.now()))


def _save(filled: Filled, form: forms.PageForm, row: UUID | None = None) -> Filled:
    """Keep the answers and say which others do not fit any more."""
    me, now = signed_in_citizen(), clock.now()
    saved = service.save_answers(
        db.session, filled=filled, answers=form.answers(row), by=me, now=now
    )
    newly = len(set(saved.sheet.aside) - set(filled.sheet.aside))
    if newly:
        flash(_SET_ASIDE_ONE if newly == 1 else gettext(_SET_ASIDE_MANY, count=newly), "info")
    return saved


def _question_page(filled: Filled, page: Page, form: forms.PageForm) -> str:
    return _render("page", filled, page=page, form=form, back=ways.before(filled, page))


def _list_page(filled: Filled, page: Page, form: forms.ButtonForm) -> str:
    new_row = forms.new_row_id()
    back = ways.before(filled, page)
    return _render("list", filled, page=page, form=form, new_row=new_row, back=back)


def _row_page(filled: Filled, page: Page, row: UUID, form: forms.PageForm) -> str:
    return _render("row", filled, page=page, row=row, form=form, back=ways.same(filled, page))


def _need_page(filled: Filled, need: Need, form: AnswerForm) -> str:
    handed_in = [one for one in _attachments(filled) if one.requirement == need.key]
    allow_devices()
    basket = f"antrag-{filled.application.id}-{need.key}"
    waiting = baskets.waiting(basket)
    return _render(
        "need", filled, need=need, form=form, handed_in=handed_in, basket=basket, waiting=waiting
    )


def _check_page(filled: Filled) -> str:
    form = forms.SendForm(formdata=None, key=str(new_id()))
    return _render("check", filled, form=form, attachments=_attachments(filled))


def _render(name: str, filled: Filled, **more: Any) -> str:
    return render_template(
        f"applications/{name}.html", application=filled.application, sheet=filled.sheet, **more
    )
