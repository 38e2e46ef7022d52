"""The law of the digital file: who may do what with a document, and when.

Which files somebody reaches at all stands in `walls`.
"""

from datetime import datetime, timedelta

from flask_babel import gettext

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.casefiles import deadlines
from portal.casefiles.models import (
    AccessOutcome,
    CaseAccess,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceAnswer,
    EvidenceRequest,
    RequestState,
    Verdict,
)
from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError

TRANSITIONS: dict[DocumentState, frozenset[DocumentState]] = {
    DocumentState.RECEIVED: frozenset({DocumentState.IN_REVIEW, DocumentState.BLOCKED}),
    DocumentState.IN_REVIEW: frozenset({DocumentState.ACCEPTED, DocumentState.REJECTED}),
    DocumentState.BLOCKED: frozenset({DocumentState.REJECTED}),
    DocumentState.ACCEPTED: frozenset({DocumentState.IN_REVIEW}),
    DocumentState.REJECTED: frozenset(),
}

REQUEST_TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset(
        {RequestState.ANSWERED, RequestState.SETTLED, RequestState.WITHDRAWN}
    ),
    RequestState.ANSWERED: frozenset(
        {RequestState.OPEN, RequestState.SETTLED, RequestState.WITHDRAWN}
    ),
    RequestState.SETTLED: frozenset({RequestState.ANSWERED, RequestState.OPEN}),
    RequestState.WITHDRAWN: frozenset(),
}

Reader = Citizen | StaffMember

# Papers about health or money are read by those whose work needs them (§ 35 (1) SGB I, § 67b SGB X;
# health: article 9 GDPR). Until they are decided, whoever checks documents sees them, because the
# front desk and the mailroom look whether they can be read.
CLOSED_KINDS: dict[DocumentKind, Right] = {
    DocumentKind.MEDICAL_CERTIFICATE: Right.READ_HEALTH_PAPERS,
    DocumentKind.SICK_NOTE: Right.READ_HEALTH_PAPERS,
    DocumentKind.BANK_STATEMENTS: Right.READ_BANK_PAPERS,
    DocumentKind.ASSET_PROOF: Right.READ_BANK_PAPERS,
}

UNDECIDED = frozenset({DocumentState.RECEIVED, DocumentState.IN_REVIEW, DocumentState.BLOCKED})
UNSETTLED = frozenset({RequestState.OPEN, RequestState.ANSWERED})

SHORTEST_REASON = 20
TAKEN_BACK_WITHIN = timedelta(minutes=10)
MOVABLE = frozenset({DocumentState.IN_REVIEW, DocumentState.ACCEPTED})
EMERGENCY_LASTS = timedelta(hours=8)
AFTER_AN_APPOINTMENT = timedelta(days=30)


def check_who_reads_cases(by: StaffMember) -> None:
    """Let staff in who may read files."""
    accounts_rules.check(by, Right.READ_FILES)


def kinds_closed_to(by: StaffMember) -> frozenset[DocumentKind]:
    """Return the kinds of papers that `by` may not read."""
    return frozenset(
        kind for kind, right in CLOSED_KINDS.items() if not accounts_rules.can(by, right)
    )


def can_read_kind(document: Document, by: StaffMember) -> bool:
    """Tell whether `by` may read a paper of this kind, or has still to check it."""
    if document.kind not in kinds_closed_to(by):
        return True
    return document.state in UNDECIDED and accounts_rules.can(by, Right.CHECK_DOCUMENTS)


def check_who_reads(document: Document, by: Reader) -> None:
    """Let the owner in, and staff who may read files and papers of this kind."""
    if isinstance(by, StaffMember):
        check_who_reads_cases(by)
        if not can_read_kind(document, by):
            raise NotFound
    elif document.owner_id != by.id:
        raise NotFound


def is_clean(document: Document) -> bool:
    """Tell whether a document may be opened by anybody: the scanner has said so, or it is ours."""
    return document.from_office or document.verdict is Verdict.CLEAN


def check_can_remake(document: Document) -> None:
    """Raise unless copy and pictures of this document may be made anew from its pages."""
    if document.from_office or document.state is DocumentState.BLOCKED or not is_clean(document):
        raise Conflict("Dieses Dokument lässt sich nicht ändern.")


def check_when_open(document: Document) -> None:
    """Show nothing of a document before its safe copy is there, and nothing of a blocked one."""
    blocked = document.state is DocumentState.BLOCKED
    if blocked or not document.served_file_id or not is_clean(document):
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
    check_stands_alone(document)
    if to not in TRANSITIONS[document.state]:
        raise Conflict(
            "Dieses Dokument ist noch in Vorbereitung. Bitte warten Sie einen Moment."
            if document.state == DocumentState.RECEIVED
            else "Über dieses Dokument ist schon entschieden."
        )


def check_stands_alone(document: Document) -> None:
    """Raise when the pages of the document are in another one by now."""
    if document.merged_into_id is not None:
        raise Conflict(gettext("Dieses Dokument ist mit einem anderen zusammengelegt."))


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


def check_can_take_back(document: Document, by: StaffMember, *, now: datetime) -> None:
    """Raise unless `by` may take back that this document is accepted: the own deed, and soon."""
    check_who_decides(by)
    if document.from_office or document.decided_by_id != by.id or document.decided_at is None:
        raise NotFound
    if now - document.decided_at > TAKEN_BACK_WITHIN:
        raise Conflict(
            gettext("Das lässt sich nur zehn Minuten lang zurücknehmen. Fordern Sie neu an.")
        )
    if DocumentState.IN_REVIEW not in TRANSITIONS[document.state]:
        raise Conflict(gettext("Dieses Dokument ist nicht mehr angenommen."))


def can_take_back(document: Document, by: StaffMember, *, now: datetime) -> bool:
    """Tell whether `by` may take back that this document is accepted."""
    return _holds(check_can_take_back, document, by, now=now)


def check_can_arrange(document: Document, by: StaffMember) -> None:
    """Raise unless `by` may split, merge, turn or put in order the pages of this document now."""
    check_who_decides(by)
    check_stands_alone(document)
    is_new_part = document.state is DocumentState.RECEIVED and document.derived_from_id is not None
    if document.from_office or not (document.state is DocumentState.IN_REVIEW or is_new_part):
        raise Conflict(
            gettext("Die Seiten lassen sich nur ordnen, solange nichts entschieden ist.")
        )


def can_arrange(document: Document, by: StaffMember) -> bool:
    """Tell whether `by` may arrange the pages of this document now."""
    return _holds(check_can_arrange, document, by)


def check_can_move(document: Document, by: StaffMember) -> None:
    """Raise unless `by` may lay this document into another file: it was handed in by mistake."""
    check_who_decides(by)
    if document.from_office or document.state not in MOVABLE:
        raise Conflict(
            gettext("In eine andere Akte kommt nur, was geprüft wird oder angenommen ist.")
        )


def can_move(document: Document, by: StaffMember) -> bool:
    """Tell whether `by` may lay this document into another file."""
    return _holds(check_can_move, document, by)


def check_can_answer(request: EvidenceRequest, owner: Citizen) -> None:
    """Raise unless a document of `owner` may answer this request now."""
    if request.owner_id != owner.id:
        raise NotFound
    if request.state not in {RequestState.OPEN, RequestState.ANSWERED}:
        raise Conflict("Diese Aufgabe ist schon erledigt. Sie müssen nichts mehr abgeben.")


def check_can_say(request: EvidenceRequest, owner: Citizen) -> None:
    """Raise unless `owner` may answer this request in words: what was handed in is the answer."""
    check_can_answer(request, owner)
    if request.answer is EvidenceAnswer.NOW:
        raise Conflict(
            gettext("Sie haben dazu schon etwas abgegeben. Sie können noch etwas nachreichen.")
        )


def can_say(request: EvidenceRequest, owner: Citizen) -> bool:
    """Tell whether `owner` may answer this request in words now."""
    return _holds(check_can_say, request, owner)


def can_answer(request: EvidenceRequest, owner: Citizen) -> bool:
    """Tell whether `owner` may answer this request now."""
    return _holds(check_can_answer, request, owner)


def check_can_close(request: EvidenceRequest, by: StaffMember) -> None:
    """Raise unless `by` may settle, renew or take back this request now."""
    check_who_decides(by)
    if request.state not in UNSETTLED:
        raise Conflict(gettext("Diese Anforderung ist schon erledigt."))


def can_close(request: EvidenceRequest, by: StaffMember) -> bool:
    """Tell whether `by` may settle, renew or take back this request now."""
    return _holds(check_can_close, request, by)


def check_can_give_time(request: EvidenceRequest, by: StaffMember) -> None:
    """Raise unless the citizen waits for an answer whether there is more time."""
    check_who_decides(by)
    if not deadlines.wants_more_time(request):
        raise Conflict(gettext("Zurzeit hat niemand um mehr Zeit gebeten."))


def check_reason(reason: str) -> None:
    """Raise unless an emergency is explained in a sentence: the citizen reads it, too."""
    if len(" ".join(reason.split())) < SHORTEST_REASON:
        raise InvalidInput(
            gettext("Beschreiben Sie den Notfall in einem Satz, mindestens 20 Zeichen."),
            field="reason",
        )


def check_can_decide_access(access: CaseAccess, by: StaffMember) -> None:
    """Raise unless `by` is a second person who may grant or refuse this emergency now."""
    accounts_rules.check(by, Right.APPROVE_ACCESS)
    if access.staff_member_id == by.id:
        raise NotFound
    if access.decided_at is not None:
        raise Conflict(
            gettext("Darüber ist schon entschieden: erlaubt.")
            if access.outcome is AccessOutcome.GRANTED
            else gettext("Darüber ist schon entschieden: abgelehnt.")
        )


def _holds(check: object, *about: object, **more: object) -> bool:
    try:
        check(*about, **more)  # type: ignore[operator]
    except PortalError:
        return False
    return True
