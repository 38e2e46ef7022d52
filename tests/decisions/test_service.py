"""Deciding: from the draft to the letter, four eyes, what is refused and why."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.applications.models import ApplicationState, Outcome
from portal.audit import queries as audit
from portal.core.errors import Conflict, InvalidInput
from portal.decisions import queries, service
from portal.decisions.models import DecisionState, NoHearing, Ruling
from portal.decisions.typed import TypedAmount
from portal.inbox.models import ItemKind, WorkItem
from portal.postbox import paper
from portal.postbox.models import LetterKind
from tests.factories import accounts
from tests.factories import decisions as make

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def items(session: Session, id) -> dict[ItemKind, WorkItem]:
    found = session.scalars(select(WorkItem).where(WorkItem.subject_id == id)).all()
    return {one.kind: one for one in found}


@pytest.fixture
def asked(session):
    return make.application(session, now=NOW - timedelta(days=5))


def test_a_grant_becomes_a_letter_an_award_and_the_end_of_the_application(session, asked):
    application, officer = asked
    decision = make.issued(session, application, officer, now=NOW)

    assert decision.state is DecisionState.ISSUED
    letter = decision.letter
    assert letter.kind is LetterKind.DECISION
    assert letter.written_by_name == letter.signed_by_name == officer.name
    assert letter.document_id is not None
    assert application.state is ApplicationState.DECIDED
    assert application.outcome is Outcome.GRANTED
    assert (decision.case.award_from, decision.case.award_until) == (
        date(2027, 1, 1),
        date(2027, 12, 31),
    )
    assert items(session, application.id)[ItemKind.APPLICATION].closed_at == NOW
    words = paper.words(letter)
    for told in (
        "Wir bewilligen Ihnen die Leistungen.",
        "1.033,00",
        "Januar 2027 bis Dezember 2027",
        "innerhalb eines Monats Widerspruch",
        "Ihre Angaben und Nachweise sind",
    ):
        assert told in words.replace("\u00a0", " ")
    deeds = {one.deed for one in audit.events_about(session, kind="decision", id=decision.id)}
    assert deeds == {"decisions.issued", "decisions.changed", "decisions.begun"}


def test_no_decision_yet_leaves_the_application_open_and_has_no_instruction(session, asked):
    application, officer = asked
    decision = make.issued(
        session,
        application,
        officer,
        now=NOW,
        ruling=Ruling.DEFERRED,
        amounts=(),
        award_from=None,
        award_until=None,
        blocks=("noch_offen",),
        reasons="Bitte schicken Sie den Mietvertrag bis 18.12.2026.",
    )
    assert decision.letter.kind is LetterKind.INTERIM
    assert application.state is ApplicationState.IN_REVIEW
    words = paper.words(decision.letter)
    assert "Rechtsbehelfsbelehrung" not in words
    assert "Mietvertrag" in words
    another = service.begin(session, application=application, by=officer, now=NOW)
    assert another.id != decision.id


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ruling": None, "award_from": None, "award_until": None, "amounts": ()}, "ruling"),
        ({"award_from": None, "award_until": None, "amounts": ()}, "award_from"),
        ({"amounts": ()}, "person_0"),
        ({"legal_basis": None}, "legal_basis"),
        ({"blocks": (), "reasons": None}, "reasons"),
        ({"is_provisional": True}, "provisional_why"),
        ({"ruling": Ruling.REJECTED}, "award_from"),
        ({"ruling": Ruling.REFUSED}, "ruling"),
        ({"is_intrusive": True}, "hearing_id"),
        ({"blocks": ("mitwirkung",)}, "blocks"),
        (
            {
                "amounts": (
                    TypedAmount("Mila", 100),
                    TypedAmount("mila", 200, date(2027, 12, 1), date(2027, 12, 1)),
                )
            },
            "person_0",
        ),
        (
            {"amounts": (TypedAmount("Mila", 100, date(2026, 12, 1), date(2027, 1, 1)),)},
            "first_0",
        ),
    ],
)
def test_what_is_missing_is_said_before_anything_goes_out(session, asked, change, field):
    application, officer = asked
    decision = make.draft(session, application, officer, now=NOW, **change)
    with pytest.raises(InvalidInput) as refused:
        service.finish(session, decision=decision, by=officer, now=NOW)
    assert refused.value.field == field
    assert decision.letter_id is None


def test_withholding_needs_the_written_notice_and_a_period_that_is_over(session, asked):
    application, officer = asked
    lead = make.lead(session, application)
    withheld = {
        "ruling": Ruling.WITHHELD,
        "amounts": (),
        "award_from": None,
        "award_until": None,
        "blocks": ("mitwirkung",),
        "reasons": "Es fehlen die Kontoauszüge von August bis Oktober 2026.",
    }
    decision = make.draft(session, application, officer, now=NOW, **withheld)
    with pytest.raises(InvalidInput) as refused:
        service.finish(session, decision=decision, by=officer, now=NOW)
    assert refused.value.field == "warned_on"

    warned = {"warned_on": date(2026, 11, 2), "warned_until": NOW.date()}
    decision = make.draft(session, application, officer, now=NOW, **withheld, **warned)
    with pytest.raises(InvalidInput) as refused:
        service.finish(session, decision=decision, by=officer, now=NOW)
    assert refused.value.field == "warned_until"

    later = NOW + timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        service.finish(session, decision=decision, by=officer, now=later)
    assert refused.value.field == "discretion"  # § 66 SGB I leaves a choice: it is explained

    warned["discretion"] = "Die Miete zahlen wir weiter, damit die Wohnung bleibt."
    decision = make.draft(session, application, officer, now=NOW, **withheld, **warned)
    assert not service.finish(session, decision=decision, by=officer, now=later)
    service.release(session, decision=decision, by=lead, now=later)
    assert application.outcome is Outcome.WITHHELD
    words = paper.words(decision.letter).replace("\u00a0", " ")
    assert "§ 67 SGB I" in words
    assert warned["discretion"] in words


class TestFourEyes:
    def much(self, session, application, officer, **more):
        return make.draft(
            session,
            application,
            officer,
            now=NOW,
            amounts=(TypedAmount("Oksana Kovalenko", 125_001),),
            **more,
        )

    def test_a_large_sum_waits_for_the_lead(self, session, asked):
        application, officer = asked
        lead = make.lead(session, application)
        decision = self.much(session, application, officer)
        assert not service.finish(session, decision=decision, by=officer, now=NOW)
        assert decision.state is DecisionState.SUBMITTED
        waiting = items(session, decision.id)[ItemKind.DECISION_RELEASE]
        assert waiting.assignee_id == lead.id
        assert "15.000 Euro" in waiting.reason
        assert application.state is ApplicationState.IN_REVIEW

        service.release(session, decision=decision, by=lead, now=NOW)
        session.flush()

        assert decision.state is DecisionState.ISSUED
        letter = queries.decision_for(session, decision.id, asker=lead).letter
        assert (letter.written_by_name, letter.signed_by_name) == (officer.name, lead.name)
        assert waiting.closed_at == NOW

    def test_nobody_releases_the_own_work_and_no_officer_releases(self, session, asked):
        application, officer = asked
        lead = make.lead(session, application)
        decision = self.much(session, application, lead)
        service.finish(session, decision=decision, by=lead, now=NOW)
        with pytest.raises(Conflict):
            service.release(session, decision=decision, by=lead, now=NOW)
        with pytest.raises(Exception, match="Recht"):
            service.release(session, decision=decision, by=officer, now=NOW)
        assert decision.state is DecisionState.SUBMITTED

    def test_the_database_refuses_it_too(self, session, asked):
        application, officer = asked
        decision = self.much(session, application, officer)
        service.finish(session, decision=decision, by=officer, now=NOW)
        decision.released_by_id, decision.released_at = officer.id, NOW
        with pytest.raises(Exception, match="four_eyes"), session.begin_nested():
            session.flush()

    def test_it_is_sent_back_with_a_reason_and_comes_again(self, session, asked):
        application, officer = asked
        lead = make.lead(session, application)
        decision = self.much(session, application, officer)
        service.finish(session, decision=decision, by=officer, now=NOW)
        with pytest.raises(Conflict):
            make.draft(session, application, officer, now=NOW)

        service.send_back(
            session, decision=decision, why="Die Miete ist zu hoch.", by=lead, now=NOW
        )
        session.flush()

        returned = items(session, decision.id)[ItemKind.DECISION_RETURNED]
        assert returned.assignee_id == officer.id
        assert "Die Miete ist zu hoch." in returned.reason
        assert decision.state is DecisionState.DRAFT
        service.finish(session, decision=decision, by=officer, now=NOW)
        assert returned.closed_at == NOW
        service.take_back(session, decision=decision, by=officer, now=NOW)
        assert decision.state is DecisionState.DRAFT

    def test_taking_something_away_needs_two_and_a_reason_for_no_hearing(self, session, asked):
        application, officer = asked
        decision = make.draft(
            session,
            application,
            officer,
            now=NOW,
            is_intrusive=True,
            no_hearing=NoHearing.INCOME_CHANGE,
        )
        assert not service.finish(session, decision=decision, by=officer, now=NOW)
        assert "weggenommen" in decision.release_why[0]


def test_two_who_type_at_once_do_not_overwrite_each_other(session, asked):
    application, officer = asked
    decision = make.draft(session, application, officer, now=NOW)
    with pytest.raises(Conflict):
        service.save(
            session,
            decision=decision,
            typed=make.GRANTED,
            revision=decision.revision - 1,
            by=officer,
            now=NOW,
        )


def test_another_team_does_not_find_it(session, asked):
    application, officer = asked
    decision = make.draft(session, application, officer, now=NOW)
    stranger = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    with pytest.raises(Exception, match="gibt es nicht"):
        queries.decision_for(session, decision.id, asker=stranger)


def test_markup_in_values_and_blocks_is_only_text(session):
    application, officer = make.application(session, now=NOW)
    application.citizen.last_name = "<script>alert(1)</script>{{ 7 * 7 }}"
    make.block(
        session,
        key="eigener",
        text="Guten Tag {{ name }}, <b>fett</b>.",
        rulings=(Ruling.GRANTED,),
        now=NOW,
    )
    decision = make.issued(
        session, application, officer, now=NOW, blocks=("eigener",), reasons="<img src=x>"
    )
    words = paper.words(decision.letter)
    assert "<script>" not in words
    assert "<b>" not in words
    assert "<img" not in words
    assert "{{ 7 * 7 }}" in words
