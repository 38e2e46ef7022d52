"""Pages of a part that another person of the household fills in: its code, taking it, its steps."""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import slowdown
from portal.accounts.limits import limited
from portal.accounts.pages import again, base_url, network, qr_picture
from portal.accounts.service.secrets import plain_code
from portal.accounts.session import account_holder, account_holders
from portal.applications import (
    forms,
    pages,
    paper_pages,
    part_queries,
    parts,
    queries,
    rules,
    ways,
    wording,
)
from portal.applications.code_form import PartCodeForm
from portal.applications.models import Attachment, OwnPart
from portal.applications.places import Place, new_row_id
from portal.applications.queries import Filled
from portal.applications.questions import DocumentQuestion, GroupQuestion
from portal.applications.service import Saved
from portal.applications.sheet import Step
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import Expired, NotFound, PortalError

blueprint = Blueprint("application_parts", __name__, url_prefix="/antraege")

ENTER = "applications/parts/enter.html"
_SHOWN = "shown code of a part"


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"say": wording.of_request(), "words": wording, "ways": ways, "rules": rules}


# Giving a part away


@blueprint.post("/<uuid:id>/teilen/<uuid:owner>")
@account_holders
@limited("invitation")
@commits
def invite(id: UUID, owner: UUID) -> ResponseReturnValue:
    """Draw the code with which another person fills in the own part."""
    me = account_holder()
    filled = queries.filled_for(db.session, id, asker=me)
    part, code = parts.invite(db.session, filled=filled, owner=owner, by=me, now=clock.now())
    # Only the hash is in the database; this browser may show the code again until it expires.
    session[_SHOWN] = [str(part.id), code]
    return redirect(url_for(".code", id=part.id))


@blueprint.get("/teilen/<uuid:id>")
@account_holders
def code(id: UUID) -> ResponseReturnValue:
    """Show a code as picture and letters while it waits, then what became of it."""
    me, now = account_holder(), clock.now()
    part = part_queries.given_by(db.session, id, asker=me)
    filled = queries.filled_for(db.session, part.application_id, asker=me)
    waits = parts.is_open(part, now=now)
    shown_id, letters = session.get(_SHOWN, ["", ""])
    shown = letters if waits and shown_id == str(id) else ""
    link = base_url() + url_for(".enter", code=plain_code(letters)) if shown else ""
    return render_template(
        "applications/parts/code.html",
        part=part,
        filled=filled,
        waits=waits,
        code=shown,
        qr=qr_picture(link) if shown else "",
        form=forms.ButtonForm(formdata=None),
    )


@blueprint.post("/teilen/<uuid:id>/zuruecknehmen")
@account_holders
@commits
def revoke(id: UUID) -> ResponseReturnValue:
    """Take a part or its code back; the next request of the other opens nothing."""
    me = account_holder()
    part = part_queries.given_by(db.session, id, asker=me)
    parts.revoke(db.session, part=part, by=me, now=clock.now())
    flash(gettext("Diesen Teil füllen jetzt wieder Sie aus."), "success")
    return redirect(url_for("applications.show", id=part.application_id))


# Taking a part


@blueprint.get("/mitmachen")
@account_holders
def enter() -> ResponseReturnValue:
    """Ask for a code; the picture of the code brings it along."""
    brought = request.args.get("code", "")[:40]
    return render_template(ENTER, form=PartCodeForm(formdata=None, code=brought))


@blueprint.post("/mitmachen")
@account_holders
@commits
def take() -> ResponseReturnValue:
    """Take a part with its code."""
    form = PartCodeForm()
    if not form.validate_on_submit():
        return again(ENTER, form)
    try:
        part = _take(plain_code(form.code.data or "")[:40])
    except PortalError as error:
        return again(ENTER, form, error)
    return redirect(url_for(".show", id=part.id))


def _take(code: str) -> OwnPart:
    """Take a part; a wrong code is counted, whatever the answer does then."""
    me, now = account_holder(), clock.now()
    tries = slowdown.Tries.of("code of a part", str(me.id), network())
    try:
        return parts.take(db.session, code=code, tries=tries, by=me, now=now)
    except Expired:
        db.session.rollback()
        with db.sessionmaker.begin() as aside:
            tries.count(aside, now=now)
        raise


# The part itself


def _open(id: UUID) -> tuple[OwnPart, Filled]:
    part, filled = part_queries.filled_for(db.session, id, asker=account_holder())
    rules.check_can_edit(filled.application)
    return part, filled


def _step(part: OwnPart, filled: Filled, page_id: str) -> Step:
    """Return a step of this person; whose it is stands in the part, not in the address."""
    step = filled.sheet.step(page_id, part.owner_id)
    if step is None:
        raise NotFound
    return step


def _group(step: Step) -> GroupQuestion:
    if step.page.group is None:
        raise NotFound
    return step.page.group


@blueprint.get("/teil/<uuid:id>")
@account_holders
def show(id: UUID) -> ResponseReturnValue:
    """Show the pages of this part with how far they are, and what became of it."""
    part, filled = part_queries.filled_for(db.session, id, asker=account_holder())
    handed_in = {one.requirement for one in _mine(part)} if filled.sheet.needs else set()
    there = sum(need.key in handed_in for need in filled.sheet.needs)
    return _render("show", part, filled, form=forms.ButtonForm(formdata=None), there=there)


@blueprint.post("/teil/<uuid:id>")
@account_holders
@commits
def confirm(id: UUID) -> ResponseReturnValue:
    """Write down that the person says: my answers are right."""
    part, filled = _open(id)
    me, now = account_holder(), clock.now()
    parts.confirm(db.session, part=part, filled=filled, by=me, now=now)
    flash(gettext("Danke. Ihre Angaben sind bestätigt."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.get("/teil/<uuid:id>/<string:page_id>")
@account_holders
def page(id: UUID, page_id: str) -> ResponseReturnValue:
    """Show one page of this part."""
    part, filled = _open(id)
    step = _step(part, filled, page_id)
    if step.page.group is not None:
        return _list_page(part, filled, step, forms.ButtonForm(formdata=None))
    return _question_page(part, filled, step, pages.form_of(filled.sheet, step))


@blueprint.post("/teil/<uuid:id>/<string:page_id>")
@account_holders
@commits
def save_page(id: UUID, page_id: str) -> ResponseReturnValue:
    """Keep what is right on this page and go on; come back to it for what is wrong."""
    part, filled = _open(id)
    step = _step(part, filled, page_id)
    if step.page.group is not None:
        return _leave_list(part, filled, step)
    form = pages.form_of(filled.sheet, step)
    whole = form.validate()
    saved, conflicts = _save(part, filled, form)
    if conflicts:
        form = pages.form_of(saved.sheet, step, undecided=conflicts)
        form.mark_anew(saved.sheet)
        return _question_page(part, saved, step, form), 422
    if form.has_mistakes() or (not whole and not ways.leaves()):
        form.mark_anew(saved.sheet)
        return _question_page(part, filled, step, form), 422
    if saved.sheet.gaps_on(step) and not ways.leaves():
        flash(gettext("Dazu haben wir noch eine Frage."), "info")
        return redirect(_to(part, step))
    return redirect(_after(part, saved, step))


def _leave_list(part: OwnPart, filled: Filled, step: Step) -> ResponseReturnValue:
    """Go on from a list, unless an entry is missing or not complete."""
    gaps = filled.sheet.gaps_on(step)
    if not gaps or ways.leaves():
        return redirect(_after(part, filled, step))
    form = forms.ButtonForm()
    form.form_errors.append(
        gettext("Tragen Sie mindestens einen Eintrag ein.")
        if gaps[0].row is None
        else gettext("Ein Eintrag ist noch nicht vollständig. Öffnen Sie ihn mit „Ändern“.")
    )
    return _list_page(part, filled, step, form), 422


@blueprint.post("/teil/<uuid:id>/<string:page_id>/merken")
@account_holders
@commits
def remember(id: UUID, page_id: str) -> ResponseReturnValue:
    """Keep what is right on this page while it is being filled in (autosave)."""
    part, filled = _open(id)
    form = pages.form_of(filled.sheet, _step(part, filled, page_id))
    form.validate()
    saved = _keep(part, filled, form)
    return jsonify(pages.told(form, saved, now=clock.now()))


@blueprint.post("/teil/<uuid:id>/<string:page_id>/eintrag/<uuid:row>/merken")
@account_holders
@commits
def remember_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Keep what is right of one entry of a list while it is being filled in (autosave)."""
    part, filled = _open(id)
    form = pages.row_form(filled.sheet, _step(part, filled, page_id), row)
    form.validate()
    saved = _keep(part, filled, form)
    return jsonify(pages.told(form, saved, now=clock.now()))


@blueprint.get("/teil/<uuid:id>/<string:page_id>/eintrag/<uuid:row>")
@account_holders
def row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Show one entry of a list; an unknown one is a new one."""
    part, filled = _open(id)
    step = _step(part, filled, page_id)
    return _row_page(part, filled, step, row, pages.row_form(filled.sheet, step, row))


@blueprint.post("/teil/<uuid:id>/<string:page_id>/eintrag/<uuid:row>")
@account_holders
@commits
def save_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Keep one entry of a list; ask again if its answers open further questions."""
    part, filled = _open(id)
    step = _step(part, filled, page_id)
    form = pages.row_form(filled.sheet, step, row)
    whole = form.validate()
    saved, conflicts = _save(part, filled, form)
    if conflicts:
        form = pages.row_form(saved.sheet, step, row, undecided=conflicts)
        form.mark_anew(saved.sheet)
        return _row_page(part, saved, step, row, form), 422
    if form.has_mistakes() or (not whole and not ways.leaves()):
        form.mark_anew(saved.sheet)
        return _row_page(part, filled, step, row, form), 422
    if any(gap.row == row for gap in saved.sheet.gaps_on(step)) and not ways.leaves():
        flash(gettext("Dazu haben wir noch eine Frage."), "info")
        return redirect(url_for(".row", id=id, page_id=page_id, row=row))
    return redirect(_to(part, step))


@blueprint.post("/teil/<uuid:id>/<string:page_id>/eintrag/<uuid:row>/entfernen")
@account_holders
@commits
def remove_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Take one entry out of a list."""
    part, filled = _open(id)
    step = _step(part, filled, page_id)
    group = _group(step)
    title = wording.of_request().row_title(filled.sheet, group, row, step.owner)
    gone = {Place(one.id, row, step.owner): None for one in group.questions}
    me, now = account_holder(), clock.now()
    parts.save(db.session, part=part, filled=filled, answers=gone, by=me, now=now)
    flash(gettext("„%(title)s“ ist entfernt.", title=title))
    return redirect(_to(part, step))


def _keep(part: OwnPart, filled: Filled, form: forms.PageForm) -> Saved:
    return parts.save(
        db.session,
        part=part,
        filled=filled,
        answers=form.answers(),
        shown=form.shown(),
        by=account_holder(),
        now=clock.now(),
    )


def _save(part: OwnPart, filled: Filled, form: forms.PageForm) -> tuple[Filled, list[str]]:
    """Keep the answers; name where two people differ."""
    saved = _keep(part, filled, form)
    return saved.filled, [place.question for place in saved.conflicts]


def _to(part: OwnPart, step: Step) -> str:
    return url_for(".page", id=part.id, page_id=step.page.id)


def _after(part: OwnPart, filled: Filled, step: Step) -> str:
    following = None if ways.leaves() else filled.sheet.after(step)
    return _to(part, following) if following else url_for(".show", id=part.id)


def _before(part: OwnPart, filled: Filled, step: Step) -> str:
    earlier = filled.sheet.before(step)
    return _to(part, earlier) if earlier else url_for(".show", id=part.id)


def _question_page(part: OwnPart, filled: Filled, step: Step, form: forms.PageForm) -> str:
    back = _before(part, filled, step)
    asked = (q for q in filled.sheet.asked_on(step) if isinstance(q, DocumentQuestion))
    needs = [filled.sheet.need_on(step, question) for question in asked]
    mine = _mine(part) if needs else ()
    return _render(
        "page", part, filled, step=step, form=form, papers=[(n, mine) for n in needs], back=back
    )


def _mine(part: OwnPart) -> list[Attachment]:
    found = queries.attachments_of(db.session, application=part.application)
    return [one for one in found if one.document.owner_id == part.citizen_id]


def _list_page(part: OwnPart, filled: Filled, step: Step, form: forms.ButtonForm) -> str:
    new_row, back = new_row_id(), _before(part, filled, step)
    return _render("list", part, filled, step=step, form=form, new_row=new_row, back=back)


def _row_page(part: OwnPart, filled: Filled, step: Step, row: UUID, form: forms.PageForm) -> str:
    return _render("row", part, filled, step=step, row=row, form=form, back=_to(part, step))


def _render(name: str, part: OwnPart, filled: Filled, **more: Any) -> str:
    folder = "applications/parts" if name == "show" else "applications"
    return render_template(
        f"{folder}/{name}.html",
        filled=filled,
        application=filled.application,
        sheet=filled.sheet,
        own_part=part,
        papers_at=paper_pages.PapersAt("application_part_papers", part.id),
        from_others=frozenset(),
        **more,
    )
