"""From the letter to the answer: the deadline with its reasons, the form, what comes too late."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.applications.models import ApplicationState, Outcome
from portal.core.errors import Conflict, InvalidInput
from portal.decisions import jobs, objecting, objection_shown, queries, rules, service
from portal.decisions.models import Objection, ObjectionState, Ruling, WrittenForm
from portal.decisions.typed import Typed
from portal.inbox.models import ItemKind, WorkItem
from portal.postbox import arrivals, deadlines, paper
from portal.postbox import service as postbox
from portal.postbox.models import LetterKind
from tests.factories import decisions as make
from tests.factories import postbox as letters

SENT = datetime(2026, 11, 23, 11, tzinfo=UTC)
DAY = timedelta(days=1)
REFUSED = Typed(ruling=Ruling.REFUSED, legal_basis="§§ 7, 9 SGB II", blocks=("unbegruendet",))

# Notification sent, deemed, end of one month, Land (reference: domain, "Test vectors").
VECTORS = [
    (date(2026, 11, 23), date(2026, 11, 27), date(2026, 12, 28), "HE"),
    (date(2026, 11, 21), date(2026, 11, 25), date(2026, 12, 28), "HE"),
    (date(2027, 1, 27), date(2027, 1, 31), date(2027, 3, 1), "HE"),
    (date(2026, 10, 14), date(2026, 10, 18), date(2026, 11, 19), "SN"),
    (date(2026, 10, 14), date(2026, 10, 18), date(2026, 11, 18), "HE"),
    (date(2027, 2, 4), date(2027, 2, 8), date(2027, 3, 9), "BE"),
    (date(2027, 2, 4), date(2027, 2, 8), date(2027, 3, 8), "HE"),
    (date(2027, 4, 2), date(2027, 4, 6), date(2027, 5, 7), "HE"),
]


@pytest.fixture
def rejected(session):
    """Reject an application; the letter waits for its day."""
    application, officer = make.application(session, now=SENT - 10 * DAY)
    decision = make.issued(session, application, officer, now=SENT, typed=make.REJECTED)
    return decision, officer


def posted(session, letter, officer, *, on: datetime, land: str = "HE") -> None:
    """Print a letter and give it to the post."""
    postbox.mark_printed(session, letter=letter, by=officer, now=on)
    postbox.mark_posted(session, letter=letter, posted_on=on.date(), by=officer, now=on, land=land)


@pytest.mark.parametrize(("sent", "deemed", "until", "land"), VECTORS)
def test_the_vectors_of_the_law_are_stored_with_a_decision(session, sent, deemed, until, land):
    moment = datetime(sent.year, sent.month, sent.day, 11, tzinfo=UTC)
    application, officer = make.application(session, now=moment - DAY)
    decision = make.issued(session, application, officer, now=moment, typed=make.REJECTED)
    posted(session, decision.letter, officer, on=moment, land=land)
    letter = decision.letter
    assert (letter.counts_from, letter.remedy_until) == (deemed, until)
    assert "4. Tag" in letter.deadline_reason
    assert "§ 84 Absatz 1 SGG" in letter.deadline_reason
    assert letter.deadline_at == moment


def test_in_the_portal_the_notice_counts_and_is_stored(session):
    application, officer = make.application(session, now=SENT - DAY)
    letters.consent(session, application.citizen, now=SENT - DAY)
    decision = make.issued(session, application, officer, now=SENT, typed=make.REJECTED)
    assert decision.letter.counts_from is None
    letters.sent(session, decision.letter, at=SENT)
    assert decision.letter.counts_from == date(2026, 11, 27)
    assert "§ 37 Absatz 2a SGB X" in decision.letter.deadline_reason


def test_abroad_it_is_three_months_and_without_instruction_a_year(session, rejected):
    decision, officer = rejected
    posted(session, decision.letter, officer, on=SENT)
    letter = decision.letter
    letter.is_abroad, letter.arrived_on = True, date(2026, 11, 27)
    deadlines.settle(session, letter=letter, now=SENT, land="HE")
    assert letter.remedy_until == date(2027, 3, 1)  # the 27th of February is a Saturday
    assert "§ 84 Absatz 1 Satz 2 SGG" in letter.deadline_reason
    deadlines.note_flawed_instruction(session, letter=letter, by=officer, now=SENT, land="HE")
    assert letter.remedy_until == date(2027, 11, 29)  # the 27th of November is a Saturday
    assert "§ 66 Absatz 2 SGG" in letter.deadline_reason


def test_a_wrong_instruction_is_noted_once(session, rejected):
    decision, officer = rejected
    letter, how = decision.letter, {"by": officer, "now": SENT, "land": "HE"}
    deadlines.note_flawed_instruction(session, letter=letter, **how)
    session.flush()
    with pytest.raises(Conflict):
        deadlines.note_flawed_instruction(session, letter=letter, **how)


class TestSending:
    def test_it_says_which_decision_it_is_against_and_waits_for_the_office(self, session, rejected):
        decision, officer = rejected
        posted(session, decision.letter, officer, on=SENT)
        objection = make.objection(session, decision.letter, decision.citizen, now=SENT + 10 * DAY)
        sent = objection.application
        assert sent.sent_answers["wid_decision_date"] == "2026-11-23"
        assert sent.sent_answers["wid_decision_number"] == decision.letter.reference
        assert objection.until == date(2026, 12, 28)
        assert objection.reasoning == decision.letter.deadline_reason
        assert objection.answer_due_on == date(2027, 3, 3)
        assert not rules.timeliness(objection).is_text_late
        item = session.scalars(select(WorkItem).where(WorkItem.subject_id == sent.id)).one()
        assert item.kind is ItemKind.OBJECTION
        assert item.due_on == date(2027, 3, 3)

    def test_too_late_it_is_kept_with_its_day(self, session, rejected):
        decision, officer = rejected
        posted(session, decision.letter, officer, on=SENT)
        objection = make.objection(session, decision.letter, decision.citizen, now=SENT + 60 * DAY)
        found = rules.timeliness(objection)
        assert found.is_text_late
        assert found.received_on == date(2027, 1, 22)
        objecting.reinstate(
            session,
            objection=objection,
            is_reinstated=True,
            why="Sie lag im Krankenhaus.",
            by=officer,
            now=SENT + 61 * DAY,
        )
        session.flush()
        assert objection.is_reinstated

    def test_said_there_a_later_arrival_moves_the_deadline(self, session, rejected):
        decision, officer = rejected
        posted(session, decision.letter, officer, on=SENT)
        late = SENT + 40 * DAY  # the 2nd of January; by rule it ended on the 28th of December
        objection = make.objection(
            session, decision.letter, decision.citizen, now=late, wid_arrived="2026-12-04"
        )
        assert objection.until == date(2027, 1, 4)
        assert "Freitag, 4. Dezember 2026" in objection.reasoning
        assert not rules.timeliness(objection).is_text_late

    def test_said_there_a_letter_that_went_abroad_gets_its_first_deadline(self, session, rejected):
        decision, officer = rejected
        decision.letter.is_abroad = True
        posted(session, decision.letter, officer, on=SENT)
        assert decision.letter.remedy_until is None
        objection = make.objection(
            session,
            decision.letter,
            decision.citizen,
            now=SENT + 40 * DAY,
            wid_arrived="2026-12-04",
        )
        assert objection.until == date(2027, 3, 4)

    def test_told_afterwards_it_counts_too_and_both_days_are_shown(self, session, rejected):
        decision, officer = rejected
        posted(session, decision.letter, officer, on=SENT)
        late = SENT + 40 * DAY
        objection = make.objection(session, decision.letter, decision.citizen, now=late)
        assert rules.timeliness(objection).is_text_late
        arrivals.tell(
            session,
            letter=decision.letter,
            arrived_on=date(2026, 12, 4),
            words=None,
            by=decision.citizen,
            now=late + DAY,
            land="HE",
        )
        session.flush()
        found = queries.objection_for(session, objection.application_id, asker=officer)
        assert not rules.timeliness(found).is_text_late
        shown = {row["term"]: row["value"] for row in objection_shown.facts(found)}
        assert shown["Frist"] == "04.01.2027"
        assert shown["Frist, als der Widerspruch kam"] == "28.12.2026"

    @pytest.mark.parametrize("said", ["2026-11-20", "2026-11-26"])
    def test_an_impossible_or_early_day_moves_nothing(self, session, rejected, said):
        decision, officer = rejected
        posted(session, decision.letter, officer, on=SENT)
        objection = make.objection(
            session, decision.letter, decision.citizen, now=SENT + 10 * DAY, wid_arrived=said
        )
        assert objection.until == date(2026, 12, 28)

    def test_the_last_minute_counts(self, session, rejected):
        decision, officer = rejected
        posted(session, decision.letter, officer, on=SENT)
        last = datetime(2026, 12, 28, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in the office
        objection = make.objection(session, decision.letter, decision.citizen, now=last)
        assert not rules.timeliness(objection).is_text_late

    def test_it_is_written_down_once_and_never_forgotten(self, session, rejected):
        decision, _ = rejected
        objection = make.objection(session, decision.letter, decision.citizen, now=SENT + DAY)
        id = objection.application_id
        jobs.receive_objection(session, now=SENT + DAY, application_id=str(id))
        session.delete(objection)
        session.flush()
        jobs.receive_objections(session, now=SENT + 2 * DAY)
        [again] = session.scalars(select(Objection).where(Objection.application_id == id)).all()
        assert again.letter_id == decision.letter_id

    def test_two_letters_do_not_share_a_draft(self, session, rejected):
        decision, _ = rejected
        other = letters.letter(
            session, decision.citizen, now=SENT, case=decision.case, kind=LetterKind.SUMMONS
        )
        objecting.begin(session, letter=decision.letter, by=decision.citizen, now=SENT)
        with pytest.raises(Conflict, match="anderen Bescheid"):
            objecting.begin(session, letter=other, by=decision.citizen, now=SENT)

    def test_a_hearing_rules_nothing(self, session):
        citizen = letters.known(session)
        heard = letters.letter(session, citizen, now=SENT)
        with pytest.raises(Conflict):
            objecting.begin(session, letter=heard, by=citizen, now=SENT)


class TestForm:
    def test_a_password_is_no_signature_paper_is(self, session, rejected):
        decision, officer = rejected
        posted(session, decision.letter, officer, on=SENT)
        objection = make.objection(session, decision.letter, decision.citizen, now=SENT + DAY)
        assert objection.form is WrittenForm.MISSING
        with pytest.raises(Conflict):
            objecting.sign_by_eid(
                session, objection=objection, level=2, by=decision.citizen, now=SENT + DAY
            )
        late = date(2026, 12, 29)
        now = SENT + 40 * DAY
        with pytest.raises(InvalidInput):
            objecting.note_form(
                session,
                objection=objection,
                form=WrittenForm.SIGNED,
                on=date(2027, 5, 1),
                by=officer,
                now=now,
            )
        objecting.note_form(
            session, objection=objection, form=WrittenForm.SIGNED, on=late, by=officer, now=now
        )
        session.flush()
        found = rules.timeliness(objection)
        assert found.is_form_late
        assert not found.is_text_late

    def test_the_identity_card_is(self, session, rejected):
        decision, _ = rejected
        objection = make.objection(session, decision.letter, decision.citizen, now=SENT + DAY)
        objecting.sign_by_eid(
            session, objection=objection, level=3, by=decision.citizen, now=SENT + DAY
        )
        session.flush()
        assert objection.form is WrittenForm.EID
        assert objection.form_met_on == (SENT + DAY).date()


class TestAnswer:
    def answer(self, session, rejected, typed, *, court=True):
        decision, officer = rejected
        posted(session, decision.letter, officer, on=SENT)
        objection = make.objection(session, decision.letter, decision.citizen, now=SENT + DAY)
        if court:
            make.block(
                session,
                key="sozialgericht",
                text="Sozialgericht Lindenau\nGerichtsplatz 1, 35390 Lindenau",
                rulings=(Ruling.REFUSED,),
                now=SENT,
            )
        application = service.application_for(session, objection.application_id, by=officer)
        made = service.begin(
            session, application=application, objection=objection, by=officer, now=SENT + 2 * DAY
        )
        found = queries.decision_for(session, made.id, asker=officer, lock=True)
        service.save(
            session,
            decision=found,
            typed=typed,
            revision=found.revision,
            by=officer,
            now=SENT + 2 * DAY,
        )
        return found, officer

    def test_refused_by_two_it_leads_to_the_court(self, session, rejected):
        found, officer = self.answer(session, rejected, REFUSED)
        lead = make.lead(
            session, service.application_for(session, found.application_id, by=officer)
        )
        assert not service.finish(session, decision=found, by=officer, now=SENT + 2 * DAY)
        service.release(session, decision=found, by=lead, now=SENT + 3 * DAY)
        session.flush()
        letter = found.letter
        assert letter.kind is LetterKind.OBJECTION_RULING
        words = paper.words(letter).replace("\u00a0", " ")
        for told in (
            "Wir weisen Ihren Widerspruch zurück.",
            "innerhalb eines Monats Klage",
            "Sozialgericht Lindenau",
            "vom 23.11.2026",
        ):
            assert told in words
        assert found.objection.state is ObjectionState.ANSWERED
        assert found.application.state is ApplicationState.DECIDED
        assert found.application.outcome is Outcome.REJECTED

    def test_without_the_court_nothing_is_refused(self, session, rejected):
        found, officer = self.answer(session, rejected, REFUSED, court=False)
        with pytest.raises(InvalidInput, match="sozialgericht"):
            service.finish(session, decision=found, by=officer, now=SENT + 2 * DAY)

    def test_remedied_it_is_a_new_decision(self, session, rejected):
        typed = Typed(
            ruling=Ruling.REMEDIED,
            award_from=date(2026, 12, 1),
            award_until=date(2027, 11, 30),
            amounts=make.GRANTED.amounts,
            legal_basis="§§ 7, 19 SGB II",
            blocks=("begruendet",),
        )
        found, officer = self.answer(session, rejected, typed)
        assert service.finish(session, decision=found, by=officer, now=SENT + 2 * DAY)
        session.flush()
        assert found.letter.kind is LetterKind.DECISION
        assert "Sie haben Recht." in paper.words(found.letter)
        assert found.application.outcome is Outcome.GRANTED
