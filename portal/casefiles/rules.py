"""The law of the digital file: who may do what with a document, and when."""

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.casefiles.models import Document, DocumentState, EvidenceRequest, RequestState
from portal.core.errors import Conflict, NotFound, PortalError

TRANSITIONS: dict[DocumentState, frozenset[DocumentState]] = {
    DocumentState.RECEIVED: frozenset({DocumentState.IN_REVIEW, DocumentState.BLOCKED}),
    DocumentState.IN_REVIEW: frozenset({DocumentState.ACCEPTED, DocumentState.REJECTED}),
    DocumentState.BLOCKED: frozenset({DocumentState.REJECTED}),
    DocumentState.ACCEPTED: frozenset(),
    DocumentState.REJECTED: frozenset(),
}

REQUEST_TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset(
        {RequestState.ANSWERED, RequestState.SETTLED, RequestState.WITHDRAWN}
    ),
    RequestState.ANSWERED: frozenset({RequestState.SETTLED, RequestState.WITHDRAWN}),
    RequestState.SETTLED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
}

Reader = Citizen | StaffMember


def check_who_reads_cases(by: StaffMember) -> None:
    """Let staff in who may read files."""
    accounts_rules.check(by, Right.READ_FILES)


def check_who_reads(document: Document, by: Reader) -> None:
    """Let the owner in, and staff who may read files; for others the document does not exist."""
    if isinstance(by, StaffMember):
        check_who_reads_cases(by)
    elif document.owner_id != by.id:
        raise NotFound


def check_when_open(document: Document) -> None:
    """Show nothing of a document before its safe copy is there, and nothing of a blocked one."""
    if not document.served_key or document.state == DocumentState.BLOCKED:
        raise NotFound("Von diesem Dokument gibt es noch keine Ansicht.")


def check_can_open(document: Document, by: Reader) -> None:
    """Raise unless `by` may see the pages of this document now."""
    check_who_reads(document, by)
    check_when_open(document)


def can_open(document: Document, by: Reader) -> bool:
    """Tell whether `by` may see the pages of this document now."""
    return _holds(check_can_open, document, by)


def check_who_decides(by: StaffMember) -> None:
    """Let staff decide who may check documents."""
    accounts_rules.check(by, Right.CHECK_DOCUMENTS)


def can_ask(by: StaffMember) -> bool:
    """Tell whether `by` may ask people for documents."""
    return _holds(check_who_decides, by)


def check_moves(document: Document, to: DocumentState) -> None:
    """Raise unless the document may change into the state `to`."""
    if to not in TRANSITIONS[document.state]:
        raise Conflict(
            "Dieses Dokument ist noch in Vorbereitung. Bitte warten Sie einen Moment."
            if document.state == DocumentState.RECEIVED
            else "Über dieses Dokument ist schon entschieden."
        )


def check_can_accept(document: Document, by: StaffMember) -> None:
    """Raise unless `by` may accept this document now."""
    check_who_decides(by)
    check_moves(document, DocumentState.ACCEPTED)


def can_accept(document: Document, by: StaffMember) -> bool:
    """Tell whether `by` may accept this document now."""
    return _holds(check_can_accept, document, by)


def check_can_reject(document: Document, by: StaffMember) -> None:
    """Raise unless `by` may ask for this document again now."""
    check_who_decides(by)
    check_moves(document, DocumentState.REJECTED)


def can_reject(document: Document, by: StaffMember) -> bool:
    """Tell whether `by` may ask for this document again now."""
    return _holds(check_can_reject, document, by)


def check_can_answer(request: EvidenceRequest, owner: Citizen) -> None:
    """Raise unless a document of `owner` may answer this request now."""
    if request.owner_id != owner.id:
        raise NotFound
    if request.state not in {RequestState.OPEN, RequestState.ANSWERED}:
        raise Conflict("Diese Aufgabe ist schon erledigt. Sie müssen nichts mehr abgeben.")


def check_can_withdraw(request: EvidenceRequest, by: StaffMember) -> None:
    """Raise unless `by` may take this request back now."""
    check_who_decides(by)
    if RequestState.WITHDRAWN not in REQUEST_TRANSITIONS[request.state]:
        raise Conflict("Diese Anforderung ist schon erledigt.")


def can_withdraw(request: EvidenceRequest, by: StaffMember) -> bool:
    """Tell whether `by` may take this request back now."""
    return _holds(check_can_withdraw, request, by)


def _holds(check: object, *about: object) -> bool:
    try:
        check(*about)  # type: ignore[operator]
    except PortalError:
        return False
    return True
