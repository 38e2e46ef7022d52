"""One case on one page, gathered from the rooms below with a fixed number of queries.

The caller has read the case through the wall. What the asker's rights do not allow is not asked
for. What somebody needs for a talk (`TalkCard`) is shown with its appointment only, never here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, lazyload

from portal.accounts import rules as accounts
from portal.accounts.models import Citizen, Representation, Right, StaffMember
from portal.applications import queries as applications
from portal.applications import wording
from portal.applications.models import Application, ApplicationState, CorrectionRound
from portal.appointments import queries as appointments
from portal.appointments.contacts_models import CareTrack, CaseTrack, NotedContact
from portal.appointments.models import Booking, BookingState
from portal.appointments.rules import HELD_OUTCOMES
from portal.calendars.models import AppointmentType
from portal.casefiles import queries as casefiles
from portal.casefiles import rules as casefiles_rules
from portal.casefiles import undelivered
from portal.casefiles.models import Case, Document, DocumentKind, EvidenceRequest
from portal.casework import queries, rules
from portal.casework.models import CaseNote, ExpertQuestion, QuestionState
from portal.casework.rules import NextStep, Side
from portal.consultations.models import AgreedStep, Consultation
from portal.core import clock
from portal.inbox.filters import RANK
from portal.inbox.models import WorkItem
from portal.invitations import rules as invitation_rules
from portal.invitations.models import Hearing, HearingState, Invitation
from portal.office.models import Substitution
from portal.postbox.models import PortalConsent
from portal.representation import queries as representations

LATEST = 5
MOST = 50


@dataclass(frozen=True)
class Missing:
    """What the office waits for: papers, answers to questions, answers to letters."""

    requests: Sequence[EvidenceRequest]
    rounds: Sequence[CorrectionRound]
    invitations: Sequence[Invitation]
    hearings: Sequence[Hearing]
    undelivered: int

    @property
    def is_something(self) -> bool:
        """Tell whether anything is missing."""
        return any((self.requests, self.rounds, self.invitations, self.hearings, self.undelivered))


@dataclass(frozen=True)
class Sent:
    """An application with the name of its form."""

    application: Application
    name: str


@dataclass(frozen=True)
class PersonOfCase:
    """Somebody of the household, and who acts for them."""

    citizen: Citizen
    age: int | None
    applies: bool
    reads_in_portal: bool
    represented: Sequence[Representation]


@dataclass(frozen=True)
class SideOfCase:
    """One half of the work on a case, benefit or integration, as both see it."""

    side: Side
    officer: StaffMember | None
    stands_in: StaffMember | None
    items: Sequence[WorkItem]
    step: NextStep | None
    last_talk: datetime | None
    next_talk: Booking | None


@dataclass(frozen=True)
class Rhythm:
    """How often the people of a case are to be met, and when they last were."""

    track: CareTrack | None
    last: datetime | None
    due_on: date | None


@dataclass(frozen=True)
class Overview:
    """Everything that the page of a case shows."""

    case: Case
    step: NextStep | None
    items: Sequence[WorkItem]
    missing: Missing
    people: Sequence[PersonOfCase]
    applications: Sequence[Sent]
    documents: Sequence[Document]
    coming: Sequence[Booking]
    agreed: Sequence[AgreedStep]
    notes: Sequence[CaseNote]
    questions: Sequence[ExpertQuestion]
    sides: Sequence[SideOfCase]
    rhythm: Rhythm
    today: date


def overview(session: Session, *, case: Case, asker: StaffMember, now: datetime) -> Overview:
    """Gather the page of a case."""
    today = clock.local_date(now)
    items = open_items(session, case=case)
    missing = _missing(session, case, asker, now)
    sent = _applications(session, case, asker)
    meets = accounts.can(asker, Right.MANAGE_APPOINTMENTS)
    coming = bookings(session, case=case, asker=asker, now=now, is_coming=True) if meets else []
    rhythm = _rhythm(session, case, today=today) if meets else Rhythm(None, None, None)
    talks = _last_talks(session, case) if meets else {}
    notes = queries.notes_of(session, case=case, asker=asker, limit=LATEST)
    asked = queries.questions_of(session, case=case)
    late, due = missing.requests, rhythm.due_on
    step = rules.next_step(items, asker=asker, requests=late, case=case, due=due, today=today)
    return Overview(
        case=case,
        step=step,
        items=items,
        missing=missing,
        people=_people(session, case, sent, now),
        applications=sent,
        documents=_documents(session, case, asker),
        coming=coming,
        agreed=_agreed(session, case, asker) if meets else [],
        notes=notes,
        questions=[one for one in asked if one.state is QuestionState.OPEN or rules.unread(one)],
        sides=_sides(case, items, talks, coming, _substitutes(session, case, today)),
        rhythm=rhythm,
        today=today,
    )


def open_items(session: Session, *, case: Case) -> Sequence[WorkItem]:
    """Return everything that waits for the office in a case, wherever it lies, the first first."""
    return session.scalars(
        select(WorkItem)
        .where(WorkItem.case_id == case.id, WorkItem.closed_at.is_(None))
        .options(joinedload(WorkItem.assignee).options(lazyload(StaffMember.roles)))
        .order_by(*RANK)
        .limit(MOST)
    ).all()


def _missing(session: Session, case: Case, asker: StaffMember, now: datetime) -> Missing:
    requests = [
        one
        for one in casefiles.requests_of_case(session, case=case, asker=asker)
        if one.state in casefiles_rules.UNSETTLED
    ]
    rounds = session.scalars(
        select(CorrectionRound)
        .join(CorrectionRound.application)
        .where(
            Application.case_id == case.id,
            CorrectionRound.closed_at.is_(None),
            CorrectionRound.answered_at.is_(None),
        )
        .order_by(CorrectionRound.due_on, CorrectionRound.id)
        .limit(MOST)
    ).all()
    invited = session.scalars(
        select(Invitation)
        .where(Invitation.case_id == case.id, Invitation.state.in_(invitation_rules.OPEN))
        .options(joinedload(Invitation.citizen))
        .order_by(Invitation.answer_until, Invitation.id)
        .limit(MOST)
    ).all()
    heard = session.scalars(
        select(Hearing)
        .where(Hearing.case_id == case.id, Hearing.state == HearingState.OPEN)
        .options(joinedload(Hearing.citizen))
        .order_by(Hearing.answer_until, Hearing.id)
        .limit(MOST)
    ).all()
    returned = undelivered.of_case(session, case, now=now)
    return Missing(requests, rounds, invited, heard, len(returned))


def _applications(session: Session, case: Case, asker: StaffMember) -> list[Sent]:
    if not accounts.can(asker, Right.PROCESS_APPLICATIONS):
        return []
    found = session.scalars(
        select(Application)
        .where(Application.case_id == case.id, Application.state != ApplicationState.DRAFT)
        .options(joinedload(Application.citizen))
        .order_by(Application.submitted_at.desc(), Application.id)
        .limit(LATEST)
    ).all()
    return [Sent(one, _name_of(session, one)) for one in found]


def _name_of(session: Session, one: Application) -> str:
    form = applications.form_of(session, application=one)
    return wording.of_request().text(form.title) if form else one.form


def _people(
    session: Session, case: Case, sent: Sequence[Sent], now: datetime
) -> list[PersonOfCase]:
    people = [member.citizen for member in case.members]
    acting: dict[UUID, list[Representation]] = {}
    for one in representations.about(session, people=people, now=now):
        acting.setdefault(one.principal_id, []).append(one)
    portal = set(
        session.scalars(
            select(PortalConsent.citizen_id)
            .where(
                PortalConsent.citizen_id.in_([one.id for one in people]),
                PortalConsent.withdrawn_at.is_(None),
            )
            .order_by(PortalConsent.citizen_id)
        )
    )
    apply = {one.application.citizen_id for one in sent}
    today = clock.local_date(now)
    return [
        PersonOfCase(
            one,
            rules.age(one.birth_date, today=today),
            applies=one.id in apply,
            reads_in_portal=one.id in portal,
            represented=acting.get(one.id, ()),
        )
        for one in people
    ]


def _documents(session: Session, case: Case, asker: StaffMember) -> Sequence[Document]:
    """Return the latest papers that the asker may read."""
    return session.scalars(
        select(Document)
        .where(
            Document.case_id == case.id,
            Document.merged_into_id.is_(None),
            Document.kind != DocumentKind.LETTER,
            casefiles.readable(asker),
        )
        .options(joinedload(Document.owner))
        .order_by(Document.received_at.desc(), Document.id)
        .limit(LATEST)
    ).all()


def bookings(
    session: Session, *, case: Case, asker: StaffMember, now: datetime, is_coming: bool
) -> Sequence[Booking]:
    """Return the appointments of a case: what comes, the next first, or what was, newest first."""
    found = (
        select(Booking)
        .where(Booking.case_id == case.id, appointments.visible_to(session, asker))
        .options(joinedload(Booking.citizen), joinedload(Booking.staff_member))
        .limit(MOST)
    )
    if is_coming:
        coming = found.where(Booking.state == BookingState.BOOKED, Booking.ends_at > now)
        return session.scalars(coming.order_by(Booking.starts_at, Booking.id)).all()
    over = found.where(
        Booking.state != BookingState.HELD,
        (Booking.state != BookingState.BOOKED) | (Booking.ends_at <= now),
    )
    return session.scalars(over.order_by(Booking.starts_at.desc(), Booking.id)).all()


def _agreed(session: Session, case: Case, asker: StaffMember) -> Sequence[AgreedStep]:
    """Return what was agreed in the last talk by video, in the order in which it was written."""
    last = (
        select(Consultation.id)
        .join(Consultation.booking)
        .where(
            Booking.case_id == case.id,
            appointments.visible_to(session, asker),
            Consultation.ended_at.is_not(None),
        )
        .order_by(Consultation.ended_at.desc(), Consultation.id)
        .limit(1)
    )
    return session.scalars(
        select(AgreedStep)
        .where(AgreedStep.consultation_id == last.scalar_subquery())
        .order_by(AgreedStep.position)
    ).all()


def _last_talks(session: Session, case: Case) -> Mapping[UUID, datetime]:
    """Return when each officer last met somebody of the case."""
    rows = session.execute(
        select(Booking.staff_member_id, func.max(Booking.starts_at))
        .where(Booking.case_id == case.id, Booking.state.in_(HELD_OUTCOMES))
        .group_by(Booking.staff_member_id)
        .order_by(Booking.staff_member_id)
    )
    return {row[0]: row[1] for row in rows}


def _rhythm(session: Session, case: Case, *, today: date) -> Rhythm:
    """Return the track, the last real contact, and until when the next one is due."""
    came = (
        select(func.max(Booking.starts_at))
        .join(Booking.type)
        .where(
            Booking.case_id == case.id,
            Booking.state.in_(HELD_OUTCOMES),
            AppointmentType.counts_as_contact,
        )
    )
    noted = select(func.max(NotedContact.at)).where(NotedContact.case_id == case.id)
    last = session.scalar(select(func.greatest(came.scalar_subquery(), noted.scalar_subquery())))
    on = session.get(CaseTrack, case.id)
    if on is None:
        return Rhythm(None, last, None)
    begins = clock.local_date(last) if last else on.since
    return Rhythm(on.track, last, begins + timedelta(days=on.track.days_on(today)))


def _sides(
    case: Case,
    items: Sequence[WorkItem],
    talks: Mapping[UUID, datetime],
    coming: Sequence[Booking],
    substitutes: Mapping[UUID, StaffMember],
) -> list[SideOfCase]:
    """Return both halves of the work; an item stands on one of them."""
    officers = {Side.BENEFIT: case.benefit_officer, Side.INTEGRATION: case.integration_officer}
    found = []
    for side, officer in officers.items():
        own = [one for one in items if rules.side_of(one, case) is side]
        step = rules.step_of(own[0]) if own else None
        if officer is None:
            found.append(SideOfCase(side, None, None, own, step, None, None))
            continue
        meets = (one for one in coming if one.staff_member_id == officer.id)
        away, met = substitutes.get(officer.id), talks.get(officer.id)
        found.append(SideOfCase(side, officer, away, own, step, met, next(meets, None)))
    return found


def _substitutes(session: Session, case: Case, day: date) -> Mapping[UUID, StaffMember]:
    """Return who stands in for the officers of a case on a day, by who is away."""
    ids = [one for one in (case.benefit_officer_id, case.integration_officer_id) if one]
    found = session.scalars(
        select(Substitution)
        .where(
            Substitution.absent_id.in_(ids),
            Substitution.ended_at.is_(None),
            Substitution.first_day <= day,
            Substitution.last_day >= day,
        )
        .options(joinedload(Substitution.substitute).options(lazyload(StaffMember.roles)))
        .order_by(Substitution.first_day, Substitution.id)
    )
    return {one.absent_id: one.substitute for one in found}
