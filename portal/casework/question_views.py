"""Staff pages of the questions to colleagues about a case."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import queries as casefiles
from portal.casefiles import readings
from portal.casefiles.models import Case
from portal.casework import asking, queries, rules, shown
from portal.casework.forms import AnswerForm, QuestionForm
from portal.casework.models import ExpertQuestion, QuestionState
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError

blueprint = Blueprint("staff_expert_questions", __name__, url_prefix="/amt")


@blueprint.get("/akten/<uuid:case_id>/fachfragen")
@staff(Right.READ_FILES)
@commits
def index(case_id: UUID) -> ResponseReturnValue:
    """Show the questions about a case and ask for a new one; the view is written down."""
    usual = clock.local_date(clock.now()) + timedelta(days=rules.USUAL_DAYS)
    return _page(_case(case_id), QuestionForm(formdata=None, due_on=usual))


@blueprint.post("/akten/<uuid:case_id>/fachfragen")
@staff(Right.READ_FILES)
@commits
def ask(case_id: UUID) -> ResponseReturnValue:
    """Ask a department or a colleague."""
    by, case = signed_in_staff(), _case(case_id)
    form = QuestionForm().offer(queries.whom_to_ask(db.session, asker=by))
    if not form.validate_on_submit() or form.due_on.data is None:
        return _page(case, form), 422
    words, due_on = form.question.data or "", form.due_on.data
    given: dict[str, Any] = {"case": case, "whom": form.chosen, "due_on": due_on}
    try:
        asked = asking.ask(db.session, question=words, **given, by=by, now=clock.now())
    except PortalError as error:
        form.refuse(error)
        return _page(case, form), error.status
    flash(gettext("Gefragt: %(whom)s.", whom=asked.asked_whom), "success")
    return redirect(url_for(".show", id=asked.id))


@blueprint.get("/fachfragen/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show a question, with its answer or the place for it; the view is written down.

    Whoever has answered reads the two texts again, when the file is closed to them long since.
    """
    by = signed_in_staff()
    try:
        asked = queries.question_for(db.session, id, asker=by)
    except NotFound:
        asked = queries.question_of_mine(db.session, id, asker=by)
        return _question_page(asked, AnswerForm(formdata=None), is_open=False)
    readings.note_case(db.session, case=asked.case, by=by, now=clock.now())
    return _question_page(asked, AnswerForm(formdata=None))


@blueprint.post("/fachfragen/<uuid:id>/antwort")
@staff(Right.READ_FILES)
@commits
def answer(id: UUID) -> ResponseReturnValue:
    """Answer."""
    by, form = signed_in_staff(), AnswerForm()
    asked = _to_change(id)
    if not form.validate_on_submit():
        return _question_page(asked, form), 422
    try:
        asking.answer(db.session, asked=asked, text=form.answer.data or "", by=by, now=clock.now())
    except PortalError as error:
        form.refuse(error)
        return _question_page(asked, form), error.status
    flash(gettext("Danke. %(name)s sieht Ihre Antwort jetzt.", name=asked.asked_by.name), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/fachfragen/<uuid:id>/gelesen")
@staff(Right.READ_FILES)
@commits
def mark_read(id: UUID) -> ResponseReturnValue:
    """Say that the answer was read."""
    asked = _to_change(id)
    asking.mark_read(db.session, asked=asked, by=signed_in_staff(), now=clock.now())
    return redirect(url_for(".index", case_id=asked.case_id))


@blueprint.post("/fachfragen/<uuid:id>/erinnern")
@staff(Right.READ_FILES)
@commits
def remind(id: UUID) -> ResponseReturnValue:
    """Remind who was asked."""
    asked = _to_change(id)
    asking.remind(db.session, asked=asked, by=signed_in_staff(), now=clock.now())
    flash(gettext("Die Frage steht jetzt weiter oben im Eingang."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/fachfragen/<uuid:id>/zuruecknehmen")
@staff(Right.READ_FILES)
@commits
def revoke(id: UUID) -> ResponseReturnValue:
    """Take the question back."""
    asked = _to_change(id)
    asking.revoke(db.session, asked=asked, by=signed_in_staff(), now=clock.now())
    flash(gettext("Zurückgenommen. Die Akte ist für die gefragte Stelle wieder zu."), "success")
    return redirect(url_for(".index", case_id=asked.case_id))


def _to_change(id: UUID) -> ExpertQuestion:
    return queries.question_for(db.session, id, asker=signed_in_staff(), lock=True)


def _case(id: UUID) -> Case:
    """Return the case through the wall, and write down that it was opened."""
    by = signed_in_staff()
    found = casefiles.case_for_staff(db.session, id, asker=by)
    readings.note_case(db.session, case=found, by=by, now=clock.now())
    return found


def _page(case: Case, form: QuestionForm) -> str:
    if form.whom.choices is None:
        form.offer(queries.whom_to_ask(db.session, asker=signed_in_staff()))
    rows = shown.questions(queries.questions_of(db.session, case=case))
    return render_template("casework/staff/questions.html", case=case, form=form, rows=rows)


def _question_page(asked: ExpertQuestion, form: AnswerForm, *, is_open: bool = True) -> str:
    by = signed_in_staff()
    lies_with_me = is_open and queries.lies_with(db.session, asked, by)
    mine = rules.is_asker(asked, by)
    more: dict[str, Any] = {
        "can_answer": rules.can_answer(asked, by, lies_with_me=lies_with_me),
        "can_steer": mine and asked.state is QuestionState.OPEN,
        "can_read": mine and asked.state is QuestionState.ANSWERED and asked.read_at is None,
    }
    return render_template(
        "casework/staff/question.html",
        asked=asked,
        details=shown.question_details(asked),
        form=form,
        is_open=is_open,
        **more,
    )
