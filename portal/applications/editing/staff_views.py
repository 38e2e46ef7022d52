"""Staff pages on which forms are edited: list, texts, own questions, check, dry run, preview."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.applications import editions, moving, versions, wording
from portal.applications.definitions import Page
from portal.applications.editing import forms, preview, queries, report, rules, service, shown
from portal.applications.editing.queries import Work
from portal.applications.editions import Slot
from portal.applications.models import EditState, FormEdit
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import Conflict, NotFound, PortalError

blueprint = Blueprint("staff_forms", __name__, url_prefix="/amt/formulare")

FOLDER = "applications/editing"


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"say": wording.german(), "shown": shown, "rules": rules, "states": EditState}


@blueprint.get("")
@staff(Right.EDIT_FORMS)
def index() -> ResponseReturnValue:
    """List the forms with version, open drafts, missing translations and the open change."""
    today, me = clock.local_date(clock.now()), signed_in_staff()
    open_edits = queries.open_edits(db.session)
    waiting = [one for one in open_edits.values() if rules.can_decide(one, by=me)]
    return render_template(
        f"{FOLDER}/index.html",
        offered=versions.offered(db.session, today),
        drafts=queries.draft_counts(db.session),
        open_edits=open_edits,
        waiting=waiting,
        left_behind=queries.left_behind(db.session, day=today),
    )


@blueprint.get("/<string:form>")
@staff(Right.EDIT_FORMS)
def show(form: str) -> ResponseReturnValue:
    """Show the contents of a form, or the texts of one part or of a search."""
    work = _work(form)
    filters = forms.TextsForm(request.args, meta={"csrf": False})
    wanted = filters.wanted(request.args.get("teil", "")[:60])
    edited, shipped = work.edited, work.shipped
    pages, left_off = shown.listed(edited, shipped, wanted) if wanted.is_anything else ([], 0)
    return render_template(
        f"{FOLDER}/show.html",
        work=work,
        edited=edited,
        filters=filters,
        wanted=wanted,
        pages=pages,
        left_off=left_off,
        parts=() if wanted.is_anything else shown.parts(edited, shipped),
        drafts=queries.draft_counts(db.session).get(form, 0),
        lost=editions.conflicts(shipped, work.changes),
    )


@blueprint.post("/<string:form>/bearbeiten")
@staff(Right.EDIT_FORMS)
@commits
def begin(form: str) -> ResponseReturnValue:
    """Begin a change of a form, or go on with the open one."""
    work, me = _work(form), signed_in_staff()
    service.begin(db.session, form=work.shipped, by=me, now=clock.now())
    return redirect(url_for(".show", form=form, teil=_part()))


@blueprint.get("/<string:form>/text")
@staff(Right.EDIT_FORMS)
def words(form: str) -> ResponseReturnValue:
    """Show one text in every language, to change it."""
    work = _work(form)
    place = _place(work)
    filled = forms.WordsForm(formdata=None, seen=service.digest(place), **place.words)
    return _words_page(work, place, filled)


@blueprint.post("/<string:form>/text")
@staff(Right.EDIT_FORMS)
@commits
def change_words(form: str) -> ResponseReturnValue:
    """Change one text; go back to its page in the list."""
    work, typed, me, now = _work(form), forms.WordsForm(), signed_in_staff(), clock.now()
    place, edit = _place(work), _edit(work)
    if not typed.validate_on_submit():
        return _words_page(work, place, typed), 422
    try:
        service.change_words(
            db.session,
            edit=edit,
            at=place.at,
            words=typed.words,
            seen=typed.seen.data or "",
            by=me,
            now=now,
        )
    except PortalError as error:
        return _words_refused(form, place.at, typed, error)
    flash(gettext("Der Text ist geändert."), "success")
    return redirect(url_for(".show", form=form, teil=shown.part_of(place), _anchor=place.page))


@blueprint.post("/<string:form>/freiwillig")
@staff(Right.EDIT_FORMS)
@commits
def set_optional(form: str) -> ResponseReturnValue:
    """Make a question optional, or needed as it was shipped."""
    work, typed = _work(form), forms.OptionalForm()
    page = _page_of(work, typed.question.data)
    service.set_optional(
        db.session,
        edit=_edit(work),
        question=typed.question.data,
        optional=typed.is_optional,
        by=signed_in_staff(),
        now=clock.now(),
    )
    return _to_page(work, page)


@blueprint.get("/<string:form>/frage")
@staff(Right.EDIT_FORMS)
def question(form: str) -> ResponseReturnValue:
    """Show the form for a question of the office on a page."""
    work = _work(form)
    _edit(work)
    page = _page(work, request.args.get("seite", ""))
    return _question_page(work, page, forms.QuestionForm(formdata=None, optional=True))


@blueprint.post("/<string:form>/frage")
@staff(Right.EDIT_FORMS)
@commits
def add_question(form: str) -> ResponseReturnValue:
    """Add a question of the office to a page."""
    work, typed, me, now = _work(form), forms.QuestionForm(), signed_in_staff(), clock.now()
    edit, page = _edit(work), _page(work, request.args.get("seite", ""))
    typed.offer(page, wording.german())
    if not typed.validate_on_submit():
        return _question_page(work, page, typed), 422
    after, made = typed.after.data or None, typed.question
    try:
        service.add_question(
            db.session, edit=edit, page=page.id, after=after, question=made, by=me, now=now
        )
    except PortalError as error:
        typed.refuse(error)
        return _question_page(work, page, typed), error.status
    flash(gettext("Die Frage steht auf der Seite."), "success")
    return _to_page(work, page)


@blueprint.post("/<string:form>/frage/entfernen")
@staff(Right.EDIT_FORMS)
@commits
def take_out(form: str) -> ResponseReturnValue:
    """Take a question of the office out again."""
    work, typed = _work(form), forms.TakeOutForm()
    page = _page_of(work, typed.question.data)
    service.take_out(
        db.session,
        edit=_edit(work),
        question=typed.question.data,
        by=signed_in_staff(),
        now=clock.now(),
    )
    flash(gettext("Die Frage ist entfernt."), "success")
    return _to_page(work, page)


@blueprint.get("/<string:form>/vorschau/<string:page_id>")
@staff(Right.EDIT_FORMS)
def show_preview(form: str, page_id: str) -> ResponseReturnValue:
    """Show a page as citizens see it, in both languages and on a narrow screen."""
    work = _work(form)
    edited = work.edited
    page = _page(work, page_id)
    order = [one.id for one in edited.pages]
    at = order.index(page.id)
    return render_template(
        f"{FOLDER}/preview.html",
        work=work,
        page=page,
        part=edited.section_of[page.id].id,
        frames=preview.frames(edited, page, clock.local_date(clock.now())),
        before=order[at - 1] if at else None,
        after=order[at + 1] if at + 1 < len(order) else None,
    )


@blueprint.get("/<string:form>/probelauf")
@staff(Right.EDIT_FORMS)
def dry_run(form: str) -> ResponseReturnValue:
    """Move every open draft to the edited form in thought, and say what becomes of the answers."""
    work, today = _work(form), clock.local_date(clock.now())
    edited = work.edited
    run = moving.dry_run(db.session, form=edited, day=today)
    return render_template(
        f"{FOLDER}/dry_run.html",
        work=work,
        run=run,
        lost=shown.questions(run.lost, work.current, edited),
        asked=shown.questions(run.asked, work.current, edited),
        voluntary=shown.voluntary(work.current, edited),
    )


@blueprint.get("/<string:form>/pruefung")
@staff(Right.EDIT_FORMS)
def check(form: str) -> ResponseReturnValue:
    """Show what is different, what is wrong, and the form to hand the change over."""
    work = _work(form)
    edit = _edit(work)
    today = clock.local_date(clock.now())
    filled = forms.SubmitForm(
        formdata=None, revision=edit.revision, title=edit.title, why=edit.why, valid_from=today
    )
    return _check_page(work, edit, filled)


@blueprint.post("/<string:form>/einreichen")
@staff(Right.EDIT_FORMS)
@commits
def submit(form: str) -> ResponseReturnValue:
    """Hand a change over for approval."""
    work, typed, me = _work(form), forms.SubmitForm(), signed_in_staff()
    edit = _edit(work)
    if not typed.validate_on_submit():
        return _check_page(work, edit, typed), 422
    given = {"title": typed.title.data, "why": typed.why.data, "valid_from": typed.first_day}
    try:
        service.submit(db.session, edit=edit, revision=typed.seen, by=me, now=clock.now(), **given)
    except PortalError as error:
        typed.refuse(error)
        work = _work(form)
        return _check_page(work, _edit(work), typed), error.status
    flash(gettext("Eingereicht. Jetzt gibt eine andere Person die Änderung frei."), "success")
    return redirect(url_for("staff_forms_edits.show", id=edit.id))


@blueprint.get("/<string:form>/verlauf")
@staff(Right.EDIT_FORMS)
def history(form: str) -> ResponseReturnValue:
    """List every change of a form that was ever begun."""
    work = _work(form)
    edits = queries.history(db.session, form=form)
    return render_template(f"{FOLDER}/history.html", work=work, edits=edits)


def _work(form: str) -> Work:
    today = clock.local_date(clock.now())
    return queries.work_on(db.session, form, asker=signed_in_staff(), day=today)


def _edit(work: Work) -> FormEdit:
    if work.edit is None:
        raise Conflict(
            gettext(
                "An diesem Formular arbeitet gerade niemand. Öffnen Sie es und wählen Sie „Ändern“."
            )
        )
    return work.edit


def _part() -> str | None:
    return request.form.get("teil", "")[:60] or None


def _place(work: Work) -> Slot:
    _edit(work)
    found = editions.slot(work.edited, request.args.get("ort", "")[:200])
    if found is None:
        raise NotFound
    return found


def _page(work: Work, id: str) -> Page:
    found = next((one for one in work.edited.pages if one.id == id), None)
    if found is None:
        raise NotFound
    return found


def _page_of(work: Work, question: str | None) -> Page:
    found = work.edited.page_of.get(question or "")
    if found is None:
        raise NotFound
    return found


def _to_page(work: Work, page: Page) -> ResponseReturnValue:
    part = work.edited.section_of[page.id].id
    return redirect(url_for(".show", form=work.shipped.form, teil=part, _anchor=page.id))


def _words_page(work: Work, place: Slot, form: forms.WordsForm) -> str:
    return render_template(f"{FOLDER}/words.html", **_about(work, place), form=form)


def _about(work: Work, place: Slot) -> dict[str, Any]:
    return {
        "work": work,
        "place": place,
        "where": shown.where(work.edited, place),
        "shipped": editions.slot(work.shipped, place.at),
        "longest": editions.LONGEST[place.name],
    }


def _words_refused(
    form: str, at: str, typed: forms.WordsForm, error: PortalError
) -> ResponseReturnValue:
    """Show the text as it is now with what was typed; after a conflict the next try counts."""
    work = _work(form)
    place = editions.slot(work.edited, at)
    if place is None:
        raise error
    if isinstance(error, Conflict) and work.edit and work.edit.state is EditState.DRAFT:
        typed.seen.raw_data, typed.seen.data = None, service.digest(place)
    return again(f"{FOLDER}/words.html", typed, error, **_about(work, place))


def _question_page(work: Work, page: Page, form: forms.QuestionForm) -> str:
    form.offer(page, wording.german())
    part = work.edited.section_of[page.id].id
    return render_template(f"{FOLDER}/question.html", work=work, page=page, part=part, form=form)


def _check_page(work: Work, edit: FormEdit, form: forms.SubmitForm) -> str:
    edited = work.edited
    return render_template(
        f"{FOLDER}/check.html",
        work=work,
        edit=edit,
        edited=edited,
        form=form,
        report=report.report(work.shipped, edited),
        told=tuple(shown.told(editions.differences(work.current, edited), work.current, edited)),
        since_shipped=len(editions.differences(work.shipped, edited)),
    )
