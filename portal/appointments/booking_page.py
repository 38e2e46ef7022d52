"""The page of one appointment as staff see it: what is known, the outcome, what is asked."""

from flask import render_template

from portal.accounts.session import signed_in_staff
from portal.appointments import evidence, fairness, queries, reasons, rules, travel
from portal.appointments.forms import WORDS, OutcomeForm
from portal.appointments.models import Booking, FactKind, TravelState
from portal.appointments.outcome_forms import AnswerReasonForm, DecideTravelForm, NoteForm
from portal.appointments.outcome_shown import findings, reason_row, travel_rows
from portal.appointments.shown import PAGE_WORDS
from portal.core import clock
from portal.core.db import db


def page(
    booking: Booking,
    *,
    form: OutcomeForm | None = None,
    note_form: NoteForm | None = None,
    reason_form: AnswerReasonForm | None = None,
    travel_form: DecideTravelForm | None = None,
) -> str:
    """Render it; a form that was filled in wrongly keeps what was typed."""
    now, by = clock.now(), signed_in_staff()
    known = fairness.findings(evidence.circumstances(db.session, booking=booking, now=now))
    word, costs = reasons.last_word(db.session, booking), travel.travel_of(db.session, booking)
    can_note = rules.can_note(booking, by=by)
    is_asked = word is not None and word.kind == FactKind.REASON_GIVEN
    return render_template(
        "appointments/staff/show.html",
        booking=booking,
        video_reason=evidence.video_reason_of(db.session, booking),
        card=queries.card_of(db.session, booking),
        words=WORDS,
        rules=rules,
        **PAGE_WORDS,
        findings=findings(known),
        speaks_against=any(one.speaks_against for one in known),
        form=form or OutcomeForm(formdata=None),
        can_hear_reason=can_note
        and rules.needs_reason(booking)
        and (is_asked or word is None or not booking.is_summons),
        failed=next((one for one in (form, note_form, reason_form, travel_form) if one), None),
        note_form=(note_form or _note_form()) if can_note else None,
        reason=reason_row(word),
        is_asked=is_asked,
        reason_form=(reason_form or AnswerReasonForm(formdata=None))
        if can_note and is_asked and not booking.is_summons
        else None,
        travel=travel_rows(costs),
        receipts=costs.papers if costs is not None else [],
        travel_form=(travel_form or DecideTravelForm(formdata=None))
        if can_note and costs is not None and costs.state == TravelState.ASKED
        else None,
    )


def _note_form() -> NoteForm:
    here = clock.local(clock.now())
    return NoteForm(formdata=None, day=here.date(), hour=here.time().replace(second=0))
