"""The law of the digital file, without a database."""

import itertools

import pytest

from portal.accounts.models import Citizen, Role, StaffMember, StaffRole
from portal.casefiles import rules
from portal.casefiles.models import (
    Document,
    DocumentKind,
    DocumentState,
    EvidenceRequest,
    RequestState,
    Verdict,
)
from portal.core.db import new_id
from portal.core.errors import Conflict, NotFound


def someone() -> Citizen:
    return Citizen(id=new_id(), first_name="Oksana", last_name="Kovalenko")


def officer(*roles: Role) -> StaffMember:
    return StaffMember(is_active=True, roles=[StaffRole(role=role) for role in roles])


def paper(
    state: DocumentState,
    owner: Citizen | None = None,
    *,
    prepared: bool = True,
    verdict: Verdict = Verdict.CLEAN,
    from_office: bool = False,
) -> Document:
    return Document(
        state=state,
        verdict=verdict,
        from_office=from_office,
        owner_id=owner.id if owner else new_id(),
        served_file_id="0" * 64 if prepared else None,
    )


@pytest.mark.parametrize(("before", "after"), list(itertools.product(DocumentState, DocumentState)))
def test_a_document_moves_only_as_the_table_says(
    before: DocumentState, after: DocumentState
) -> None:
    allowed = {
        ("received", "in_review"),
        ("received", "blocked"),
        ("in_review", "accepted"),
        ("in_review", "rejected"),
        ("blocked", "rejected"),
        ("accepted", "in_review"),
    }
    if (before.value, after.value) in allowed:
        rules.check_moves(paper(before), after)
    else:
        with pytest.raises(Conflict):
            rules.check_moves(paper(before), after)


def test_every_state_stands_in_the_tables() -> None:
    assert set(rules.TRANSITIONS) == set(DocumentState)
    assert set(rules.REQUEST_TRANSITIONS) == set(RequestState)


def test_the_owner_opens_a_prepared_document() -> None:
    owner = someone()
    assert rules.can_open(paper(DocumentState.IN_REVIEW, owner), owner)


def test_what_the_office_has_made_needs_no_verdict() -> None:
    owner = someone()
    receipt = paper(DocumentState.ACCEPTED, owner, verdict=Verdict.WAITING, from_office=True)
    assert rules.can_open(receipt, owner)


def test_for_another_citizen_the_document_does_not_exist() -> None:
    with pytest.raises(NotFound):
        rules.check_can_open(paper(DocumentState.ACCEPTED, someone()), someone())


@pytest.mark.parametrize(
    "document",
    [
        paper(DocumentState.RECEIVED, prepared=False),
        paper(DocumentState.BLOCKED),
        paper(DocumentState.BLOCKED, prepared=False),
        *(
            paper(state, verdict=verdict)
            for state in DocumentState
            for verdict in Verdict
            if verdict is not Verdict.CLEAN
        ),
    ],
)
def test_check_31_nobody_opens_what_is_not_safe_to_show(document: Document) -> None:
    reader = officer(Role.BENEFIT_OFFICER)
    with pytest.raises(NotFound):
        rules.check_can_open(document, reader)


def test_who_checks_documents_decides_on_them() -> None:
    document = paper(DocumentState.IN_REVIEW)
    for role in Role:
        may = role not in {
            Role.DATA_QUALITY_OFFICER, Role.MANAGEMENT, Role.ADMINISTRATOR
        }  # fmt: skip
        assert rules.can_accept(document, officer(role)) is may, role
        assert rules.can_reject(document, officer(role)) is may, role
        assert rules.can_ask(officer(role)) is may, role


def test_without_the_right_the_answer_says_whom_to_ask() -> None:
    with pytest.raises(NotFound, match="Teamleitung"):
        rules.check_can_accept(paper(DocumentState.IN_REVIEW), officer(Role.ADMINISTRATOR))


def test_a_decided_document_stays_decided() -> None:
    with pytest.raises(Conflict, match="schon entschieden"):
        rules.check_can_reject(paper(DocumentState.ACCEPTED), officer(Role.MAILROOM))


def test_a_document_in_preparation_waits() -> None:
    with pytest.raises(Conflict, match="Vorbereitung"):
        rules.check_can_accept(paper(DocumentState.RECEIVED), officer(Role.MAILROOM))


@pytest.mark.parametrize("state", RequestState)
def test_a_request_is_answered_until_it_is_settled(state: RequestState) -> None:
    owner = someone()
    asked = EvidenceRequest(owner_id=owner.id, state=state)
    if state in {RequestState.OPEN, RequestState.ANSWERED}:
        rules.check_can_answer(asked, owner)
    else:
        with pytest.raises(Conflict):
            rules.check_can_answer(asked, owner)


def test_nobody_answers_the_request_of_another() -> None:
    asked = EvidenceRequest(owner_id=new_id(), state=RequestState.OPEN)
    with pytest.raises(NotFound):
        rules.check_can_answer(asked, someone())


def test_a_settled_request_is_not_withdrawn() -> None:
    asked = EvidenceRequest(state=RequestState.SETTLED)
    assert not rules.can_close(asked, officer(Role.MAILROOM))


def test_check_15_health_and_bank_papers_are_read_by_whose_work_needs_them() -> None:
    sick, bank = DocumentKind.SICK_NOTE, DocumentKind.BANK_STATEMENTS
    closed = {
        role: {kind for kind in (sick, bank) if kind in rules.kinds_closed_to(officer(role))}
        for role in Role
    }
    assert closed[Role.BENEFIT_OFFICER] == closed[Role.TEAM_LEAD] == set()
    assert closed[Role.INTEGRATION_OFFICER] == closed[Role.CASE_MANAGER] == {bank}
    for role in (Role.FRONT_DESK, Role.MAILROOM, Role.DATA_QUALITY_OFFICER, Role.ADMINISTRATOR):
        assert closed[role] == {sick, bank}


@pytest.mark.parametrize("state", DocumentState)
def test_check_15_who_checks_papers_sees_them_until_they_are_decided(state: DocumentState) -> None:
    paper_of_health = paper(state)
    paper_of_health.kind = DocumentKind.MEDICAL_CERTIFICATE
    is_open = state in {DocumentState.RECEIVED, DocumentState.IN_REVIEW, DocumentState.BLOCKED}
    assert rules.can_read_kind(paper_of_health, officer(Role.FRONT_DESK)) == is_open
    assert not rules.can_read_kind(paper_of_health, officer(Role.DATA_QUALITY_OFFICER))
    assert rules.can_read_kind(paper_of_health, officer(Role.BENEFIT_OFFICER))
