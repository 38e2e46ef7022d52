"""Citizen pages of supplements: answer what the office asks, or change and add something freely.

The address says with `rueckfrage` which round is answered; without it the supplement is a free one.
Either way nothing that was sent is overwritten, and only what may change is on the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import ask_for_proof, citizens, signed_in_citizen
from portal.applications import (
    correction_queries,
    corrections,
    forms,
    pages,
    queries,
    rules,
    supplement_shown,
    supplement_ways,
    supplements,
    ways,
    wording,
)
from portal.applications.amending import Amendment
from portal.applications.correction_forms import SupplementForm
from portal.applications.models import CorrectionRound, Supplement
from portal.applications.places import Place, Value, new_row_id
from portal.applications.queries import Filled
from portal.applications.questions import GroupQuestion
from portal.applications.service import Saved
from portal.applications.sheet import Sheet, Step
from portal.casefiles import asked
from portal.core import clock
from portal.core.db import commits, db, new_id
from portal.core.errors import InvalidInput, NotFound

blueprint = Blueprint("supplements", __name__, url_prefix="/antraege")

Undecided = Sequence[str]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "say": wording.of_request(),
        "words": wording,
        "rules": rules,
        "ways": supplement_ways,
    }


@dataclass(frozen=True)
class Opened:
    """An application, the round that is answered if any, and what is written so far."""

    filled: Filled
    round: CorrectionRound | None
    written: Amendment

    @property
    def sheet(self) -> Sheet:
        """Return the answers as they would be."""
        return self.written.sheet


def _open(id: UUID) -> Opened:
    """Return what may be written now; what is over is shown where it stands."""
    filled = queries.filled_for(db.session, id, asker=signed_in_citizen())
    application = filled.application
    rules.check_can_supplement(application)
    number = supplement_ways.which()
    round = None
    if number is not None:
        round = correction_queries.round_of(db.session, application=application, number=number)
        rules.check_can_answer(round)
    written = supplements.amendment(db.session, filled=filled, round=round)
    return Opened(filled, round, written)


def _step(opened: Opened, page_id: str) -> Step:
    step = opened.sheet.step(page_id, ways.whose())
    if step is None:
        raise NotFound(gettext("Diese Frage gehört nicht zu Ihrem Antrag."))
    return step


def _form_of(opened: Opened, step: Step, *, undecided: Undecided = ()) -> forms.PageForm:
    """Build the form of a page; only what may be changed is on it."""
    return _form(opened, step, None, opened.written.questions_on(step), undecided)


def _row_form(
    opened: Opened, step: Step, row: UUID, *, undecided: Undecided = ()
) -> forms.PageForm:
    if step.page.group is None:
        raise NotFound
    asked = opened.written.questions_in(step.page.group, row, step)
    return _form(opened, step, row, asked, undecided)


def _form(
    opened: Opened, step: Step, row: UUID | None, asked: Any, undecided: Undecided
) -> forms.PageForm:
    today = clock.local_date(clock.now())
    setting = forms.Setting(opened.sheet, step, wording.of_request(), today, row)
    form = forms.page_form(asked, setting, undecided=undecided or pages.still_open())
    if not form.questions:
        raise NotFound(gettext("Nach dieser Angabe fragen wir hier nicht."))
    return form


def _list_of(opened: Opened, step: Step) -> GroupQuestion:
    group = step.page.group
    if group is None or not opened.written.opens_list(group, step.owner):
        raise NotFound(gettext("Nach dieser Angabe fragen wir hier nicht."))
    return group


def _keep(opened: Opened, answers: dict[Place, Value | None]) -> Opened:
    written = supplements.keep(
        db.session,
        filled=opened.filled,
        round=opened.round,
        answers=answers,
        by=signed_in_citizen(),
        now=clock.now(),
    )
    return Opened(opened.filled, opened.round, written)


def _keep_typed(
    opened: Opened, form: forms.PageForm, *, is_whole: bool
) -> tuple[Opened, list[str], Saved]:
    """Keep what was typed; name the questions on which two devices differ."""
    kept = supplements.keep_typed(
        db.session,
        filled=opened.filled,
        round=opened.round,
        typed=form.answers(),
        shown=form.shown(),
        is_whole=is_whole,
        by=signed_in_citizen(),
        now=clock.now(),
    )
    now_is = Opened(opened.filled, opened.round, kept.written)
    saved = Saved(Filled(opened.filled.application, kept.written.sheet), kept.conflicts)
    return now_is, [place.question for place in kept.conflicts], saved


@blueprint.get("/<uuid:id>/nachtrag")
@citizens(Power.FILL_IN)
def index(id: UUID) -> ResponseReturnValue:
    """List what the office asks, or choose what to change; show what is written so far."""
    return _index_page(_open(id), SupplementForm(formdata=None, key=str(new_id())))


@blueprint.get("/<uuid:id>/nachtrag/seite/<string:page_id>")
@citizens(Power.FILL_IN)
def page(id: UUID, page_id: str) -> ResponseReturnValue:
    """Show the questions of one page that may be changed."""
    opened = _open(id)
    step = _step(opened, page_id)
    if step.page.group is not None:
        return _list_page(opened, step, forms.ButtonForm(formdata=None))
    return _question_page(opened, step, _form_of(opened, step))


@blueprint.post("/<uuid:id>/nachtrag/seite/<string:page_id>")
@citizens(Power.FILL_IN)
@commits
def save_page(id: UUID, page_id: str) -> ResponseReturnValue:
    """Keep the answers of one page and go on to what is asked next."""
    opened = _open(id)
    step = _step(opened, page_id)
    if step.page.group is not None:
        return _leave_list(opened, step)
    form = _form_of(opened, step)
    if not form.validate():
        return _question_page(opened, step, form), 422
    kept, conflicts, _ = _keep_typed(opened, form, is_whole=True)
    if conflicts:
        form = _form_of(kept, step, undecided=conflicts)
        form.mark_anew(kept.sheet)
        return _question_page(kept, step, form), 422
    return redirect(supplement_ways.after(kept.filled, kept.round, kept.written))


@blueprint.post("/<uuid:id>/nachtrag/seite/<string:page_id>/merken")
@citizens(Power.FILL_IN)
@commits
def remember(id: UUID, page_id: str) -> ResponseReturnValue:
    """Keep what is right on a page while it is filled in, with a word for each field."""
    opened = _open(id)
    return _told(opened, _form_of(opened, _step(opened, page_id)))


@blueprint.post("/<uuid:id>/nachtrag/seite/<string:page_id>/eintrag/<uuid:row>/merken")
@citizens(Power.FILL_IN)
@commits
def remember_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Keep what is right of one entry of a list while it is filled in."""
    opened = _open(id)
    return _told(opened, _row_form(opened, _step(opened, page_id), row))


def _told(opened: Opened, form: forms.PageForm) -> ResponseReturnValue:
    form.validate()
    _, _, saved = _keep_typed(opened, form, is_whole=False)
    return jsonify(pages.told(form, saved, now=clock.now()))


def _leave_list(opened: Opened, step: Step) -> ResponseReturnValue:
    """Go on from a list; in answer to a round that says that it is right as it is."""
    group = _list_of(opened, step)
    if opened.written.sheet.gaps_on(step):
        form = forms.ButtonForm()
        form.form_errors.append(
            gettext("Ein Eintrag fehlt oder ist nicht vollständig. Öffnen Sie ihn mit „Ändern“.")
        )
        return _list_page(opened, step, form), 422
    kept = _keep(opened, {Place(group.id, None, step.owner): None}) if opened.round else opened
    return redirect(supplement_ways.after(kept.filled, kept.round, kept.written))


@blueprint.get("/<uuid:id>/nachtrag/seite/<string:page_id>/eintrag/<uuid:row>")
@citizens(Power.FILL_IN)
def row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Show one entry of a list, as far as it may be changed; an unknown one is a new one."""
    opened = _open(id)
    step = _step(opened, page_id)
    return _row_page(opened, step, row, _row_form(opened, step, row))


@blueprint.post("/<uuid:id>/nachtrag/seite/<string:page_id>/eintrag/<uuid:row>")
@citizens(Power.FILL_IN)
@commits
def save_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Keep one entry of a list; ask again if its answers open further questions."""
    opened = _open(id)
    step = _step(opened, page_id)
    form = _row_form(opened, step, row)
    if not form.validate():
        return _row_page(opened, step, row, form), 422
    kept, conflicts, _ = _keep_typed(opened, form, is_whole=True)
    if conflicts:
        form = _row_form(kept, step, row, undecided=conflicts)
        form.mark_anew(kept.sheet)
        return _row_page(kept, step, row, form), 422
    if any(gap.row == row for gap in kept.written.gaps):
        return redirect(supplement_ways.to_row(kept.filled, step, row))
    if step.page.group and kept.written.opens_list(step.page.group, step.owner):
        return redirect(supplement_ways.to(kept.filled, step))
    return redirect(supplement_ways.after(kept.filled, kept.round, kept.written))


@blueprint.post("/<uuid:id>/nachtrag/seite/<string:page_id>/eintrag/<uuid:row>/entfernen")
@citizens(Power.FILL_IN)
@commits
def remove_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Take one entry out of a list."""
    opened = _open(id)
    step = _step(opened, page_id)
    group = _list_of(opened, step)
    _keep(opened, {Place(column.id, row, step.owner): None for column in group.questions})
    return redirect(supplement_ways.to(opened.filled, step))


@blueprint.post("/<uuid:id>/nachtrag/verwerfen")
@citizens(Power.FILL_IN)
@commits
def discard(id: UUID) -> ResponseReturnValue:
    """Throw away what was written and not sent."""
    opened, me = _open(id), signed_in_citizen()
    supplements.discard(db.session, filled=opened.filled, round=opened.round, by=me)
    flash(gettext("Ihre Änderungen sind verworfen. Es gilt, was Sie gesendet haben."))
    return redirect(url_for("applications.show", id=id))


@blueprint.post("/<uuid:id>/nachtrag/mehr-zeit")
@citizens(Power.FILL_IN)
@commits
def more_time(id: UUID) -> ResponseReturnValue:
    """Take more time to answer a round: once, as much again, without asking anybody."""
    round, me = _open(id).round, signed_in_citizen()
    if round is None:
        raise NotFound
    land = current_app.config["SETTINGS"].land
    corrections.extend(db.session, round=round, land=land, by=me, now=clock.now())
    flash(gettext("Sie haben jetzt mehr Zeit. Der neue Tag steht bei der Rückfrage."))
    return redirect(url_for("applications.show", id=id))


@blueprint.post("/<uuid:id>/nachtrag/senden")
@citizens(Power.SEND)
@limited("application")
@commits
def send(id: UUID) -> ResponseReturnValue:
    """Send a supplement, once."""
    form, me = SupplementForm(), signed_in_citizen()
    filled = queries.filled_for(db.session, id, asker=me)
    key, application = form.submit_key, filled.application
    if sent := correction_queries.sent_with(db.session, key=key, application=application):
        return redirect(url_for("supplements.sent", id=id, number=sent.number))
    opened = _open(id)
    if not form.validate():
        return _index_page(opened, form), 422
    changed = [one.place for one in opened.written.changes if not one.is_confirmed]
    if rules.names_account(opened.sheet, changed) and (proof := ask_for_proof()):
        return proof
    try:
        made = supplements.send(
            db.session,
            filled=filled,
            round=opened.round,
            key=key,
            words=form.words.data,
            by=me,
            now=clock.now(),
        )
    except InvalidInput as problem:
        db.session.rollback()
        form.form_errors.append(problem.message)
        return _index_page(_open(id), form), problem.status
    return redirect(url_for("supplements.sent", id=id, number=made.number))


@blueprint.get("/<uuid:id>/nachtraege/<int:number>")
@citizens(Power.SEE)
def sent(id: UUID, number: int) -> ResponseReturnValue:
    """Show one sent supplement: when it came in, each change, the receipt."""
    me = signed_in_citizen()
    filled = queries.filled_for(db.session, id, asker=me)
    found = queries.supplements_to(db.session, ids=[id]).get(id, [])
    say, base = wording.of_request(), queries.sheet_as_sent(db.session, filled=filled, asker=me)
    told = supplement_shown.history(say, base, found)
    one = next((one for one in told if one.supplement.number == number), None)
    if one is None:
        raise NotFound
    receipt = queries.receipt_document(db.session, one.supplement.receipt_document_id, asker=me)
    return _render("sent", filled, told=one, supplement=one.supplement, receipt=receipt)


def _index_page(opened: Opened, form: SupplementForm) -> str:
    say, written = wording.of_request(), opened.written
    round = opened.round
    changes = [*written.changes, *written.dropped]
    return _render(
        "round" if round else "index",
        opened.filled,
        form=form,
        round=round,
        written=written,
        sheet=opened.sheet,
        rows=supplement_shown.rows(say, written.base, written.sheet, changes),
        marks=supplement_shown.mark_tasks(say, opened.filled, round, written) if round else (),
        papers=_papers(opened) if round else (),
        now=clock.now(),
        land=current_app.config["SETTINGS"].land,
    )


def _papers(opened: Opened) -> list[supplement_shown.Task]:
    """Return the papers that are still asked for, of all rounds: each is sent by itself."""
    requests = correction_queries.open_requests(
        db.session, application=opened.filled.application, asker=signed_in_citizen()
    )
    return asked.tasks(requests, today=clock.local_date(clock.now()))


def _question_page(opened: Opened, step: Step, form: forms.PageForm) -> str:
    back = supplement_ways.start(opened.filled.application, opened.round)
    return _page("page", opened, step=step, form=form, back=back)


def _list_page(opened: Opened, step: Step, form: forms.ButtonForm) -> str:
    _list_of(opened, step)
    back = supplement_ways.start(opened.filled.application, opened.round)
    return _page("list", opened, step=step, form=form, new_row=new_row_id(), back=back)


def _row_page(opened: Opened, step: Step, row: UUID, form: forms.PageForm) -> str:
    group = step.page.group
    back = supplement_ways.start(opened.filled.application, opened.round)
    if group is not None and opened.written.opens_list(group, step.owner):
        back = supplement_ways.to(opened.filled, step)
    return _page("row", opened, step=step, row=row, form=form, back=back)


def _page(name: str, opened: Opened, **more: Any) -> str:
    """Render a page with the questions; in answer to a round it says why they are asked."""
    reasons: list[str] = []
    if opened.round is not None:
        step, row = more["step"], more.get("row")
        reasons = supplement_shown.reasons_at(opened.round, step, row)
    return _render(
        name, opened.filled, sheet=opened.sheet, round=opened.round, asked_why=reasons, **more
    )


def _render(name: str, filled: Filled, **more: Any) -> str:
    values = {"filled": filled, "application": filled.application, "sheet": filled.sheet} | more
    values["journal"] = supplement_ways.journal(filled.application, _round_id(more))
    return render_template(f"supplements/{name}.html", **values)


def _round_id(shown: dict[str, Any]) -> UUID | None:
    """Return the round that a page is about: the one that is answered, or that was."""
    if "supplement" in shown:
        sent: Supplement = shown["supplement"]
        return sent.round_id
    round: CorrectionRound | None = shown.get("round")
    return round.id if round else None
