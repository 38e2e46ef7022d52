"""The stories of the demo citizens: each brings one case into one state, through the real verbs."""

import functools
import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from werkzeug.datastructures import FileStorage

from portal.accounts.models import StaffMember
from portal.applications import queries as applications_queries
from portal.applications import service as applications
from portal.applications.models import Application
from portal.applications.places import Value
from portal.appointments import service as appointments
from portal.appointments.models import Booking, BookingState
from portal.calendars import search
from portal.calendars.models import Channel
from portal.calendars.slots import at_wall
from portal.casefiles import asking
from portal.casefiles import jobs as casefiles_jobs
from portal.casefiles import service as casefiles
from portal.casefiles.models import (
    Document,
    DocumentKind,
    EvidenceAnswer,
    EvidenceRequest,
    Verdict,
)
from portal.consultations import service as consultations
from portal.consultations.models import Doer, TakingPart
from portal.consultations.note_words import NoteWords, Step
from portal.core import clock
from portal.core.db import new_id
from portal.dev import decided as grants
from portal.dev import papers, renewals
from portal.dev.stage import ALWAYS_THERE, Lead, Office
from portal.uploads import service as uploads
from portal.uploads.models import Upload

Story = Callable[[Office, Lead], None]

FRIDAY = 5
VIDEO = "beratung-video"
WORK_VIDEO = "arbeitsvermittlung-video"
PHONE = "telefon"
VISIT = "jobcenter"

NOTE = (
    "Wir haben über den Kurs „Deutsch für den Beruf“ gesprochen und über die Betreuung der Kinder "
    "am Nachmittag. Die Stelle in der Bäckerei soll ab Januar auf 20 Stunden steigen."
)
AGENDA = "Weiterbewilligung\nKurs am Nachmittag"
UNREADABLE = "Das Foto ist unscharf. Die Beträge sind nicht zu lesen."


# What stories are made of


def _file(name: str, data: bytes) -> FileStorage:
    kind = "application/pdf" if name.endswith(".pdf") else "image/jpeg"
    return FileStorage(io.BytesIO(data), filename=name, content_type=kind)


@functools.cache
def _photo() -> bytes:
    paper = papers.payslip("Max Mustermann", "Oktober 2026", clock.local_date(clock.now()))
    return papers.as_photo(paper)


def _paper(lead: Lead, kind: DocumentKind, *, at: datetime, photo: bool = False) -> FileStorage:
    """Make the file of one paper."""
    if photo:
        return _file("IMG_2041.jpg", _photo())
    name, day = lead.citizen.name, clock.local_date(at)
    paper = {
        DocumentKind.PAYSLIPS: papers.payslip(name, "Oktober 2026", day),
        DocumentKind.RENTAL_CONTRACT: papers.rental_contract(name, day),
        DocumentKind.HEATING_BILL: papers.heating_bill(name, day),
    }.get(kind, papers.bank_statement(name, "Oktober 2026", day))
    return _file("scan.pdf", papers.as_pdf(paper))


def _sent(office: Office, lead: Lead, file: FileStorage, *, at: datetime) -> Upload:
    """Send one file as a form does."""
    (upload,) = uploads.receive_form_files(
        office.session, owner=lead.citizen, sender=lead.citizen, files=[file], now=at
    )
    return upload


def hand_in(
    office: Office, lead: Lead, kind: DocumentKind, *, at: datetime, photo: bool = False
) -> Document:
    """Hand in one paper as the citizen."""
    return casefiles.receive(
        office.session,
        case=lead.case,
        owner=lead.citizen,
        upload=_sent(office, lead, _paper(lead, kind, at=at, photo=photo), at=at),
        kind=kind,
        by=lead.citizen,
        now=at,
    )


def _prepare(office: Office, document: Document) -> Document:
    """Do now what the worker would do in a moment, so that the story can go on."""
    document.verdict, document.scanned_at = Verdict.CLEAN, office.now  # a paper of our own making
    office.session.flush()  # the worker asks the database
    casefiles_jobs.prepare(office.session, now=office.now, document_id=str(document.id))
    return document


def _send(
    office: Office, lead: Lead, *, at: datetime, choices: dict[str, Value], papers_there: int = 0
) -> Application:
    """Fill in a renewal, attach the first papers that follow from the answers, and send it."""
    application = renewals.start(office, lead.citizen, at=at)
    renewals.answer(office, application, lead.citizen, choices=choices, at=at)
    for number in range(papers_there):
        filled = applications_queries.filled_for(office.session, application.id, asker=lead.citizen)
        need = filled.sheet.needs[number]
        applications.attach(
            office.session,
            filled=filled,
            need=need,
            groups=[[_sent(office, lead, _paper(lead, need.requirement.kind, at=at), at=at)]],
            by=lead.citizen,
            now=at,
        )
    applications.submit(
        office.session, application=application, key=new_id(), by=lead.citizen, now=at
    )
    return applications_queries.application_for(office.session, application.id, asker=lead.citizen)


def book(
    office: Office,
    lead: Lead,
    *,
    kind: str,
    channel: Channel,
    after: datetime,
    at: datetime | None = None,
    officer: StaffMember | None = None,
) -> Booking:
    """Book the first free slot after a moment, with the officer of the case or another."""
    at = at or min(office.now, after - timedelta(days=4))
    by = lead.benefit_officer
    slots = search.free_slots(
        office.session,
        type=office.types[kind],
        channel=channel,
        citizen=lead.citizen,
        first=after,
        last=after + timedelta(days=7),
        asker=by,
        now=at,
        officer=officer.id if officer else None,
    )
    return appointments.book(
        office.session,
        citizen=lead.citizen,
        type=office.types[kind],
        channel=channel,
        slot=slots[0],
        note="Ich habe Fragen zu meinen Stunden." if channel is Channel.VIDEO else None,
        by=by,
        now=at,
    )


def _always_there(office: Office) -> StaffMember:
    return next(one for one in office.staff if one.last_name == ALWAYS_THERE)


# The stories


def renewal_due(office: Office, lead: Lead) -> None:
    """The award ends soon and nothing has been sent."""
    paper = hand_in(office, lead, DocumentKind.RENTAL_CONTRACT, at=office.ago(days=90))
    casefiles.accept(
        office.session,
        document=_prepare(office, paper),
        by=lead.benefit_officer,
        now=office.ago(days=87),
    )


def draft(office: Office, lead: Lead) -> None:
    """The renewal is half done."""
    application = renewals.start(office, lead.citizen, at=office.ago(days=2))
    renewals.answer(
        office,
        application,
        lead.citizen,
        choices=renewals.WITH_A_JOB,
        at=office.ago(days=1),
        pages=6,
    )


def submitted(office: Office, lead: Lead) -> None:
    """The renewal has just arrived, with papers."""
    _send(
        office,
        lead,
        at=office.ago(hours=20),
        choices=renewals.WITH_A_JOB,
        papers_there=2,
    )


def submitted_arrears(office: Office, lead: Lead) -> None:
    """The renewal is urgent: the landlord has given notice."""
    _send(office, lead, at=office.ago(hours=3), choices=renewals.WITH_ARREARS)


def in_review(office: Office, lead: Lead) -> None:
    """An officer is checking the renewal."""
    application = _send(
        office,
        lead,
        at=office.ago(days=6),
        choices=renewals.WITH_A_JOB,
        papers_there=1,
    )
    applications.take_into_review(
        office.session, application=application, by=lead.benefit_officer, now=office.ago(days=2)
    )


def decided(office: Office, lead: Lead) -> None:
    """The renewal was granted."""
    application = _send(office, lead, at=office.ago(days=30), choices=renewals.ALONE_WITHOUT_CHANGE)
    applications.take_into_review(
        office.session, application=application, by=lead.benefit_officer, now=office.ago(days=20)
    )
    grants.grant(office, lead, application, days_ago=12)


def withdrawn(office: Office, lead: Lead) -> None:
    """The citizen took the application back: a new job."""
    application = _send(office, lead, at=office.ago(days=9), choices=renewals.ALONE_WITHOUT_CHANGE)
    applications.withdraw(
        office.session, application=application, by=lead.citizen, now=office.ago(days=5)
    )


def rejected_document(office: Office, lead: Lead) -> None:
    """One paper was accepted, another has to come again."""
    good = _prepare(office, hand_in(office, lead, DocumentKind.PAYSLIPS, at=office.ago(days=5)))
    bad = hand_in(office, lead, DocumentKind.BANK_STATEMENTS, at=office.ago(days=5), photo=True)
    _prepare(office, bad)
    casefiles.accept(office.session, document=good, by=lead.benefit_officer, now=office.ago(days=3))
    casefiles.reject(
        office.session,
        document=bad,
        reason=UNREADABLE,
        due_on=clock.local_date(office.now + timedelta(days=9)),
        by=lead.benefit_officer,
        now=office.ago(days=3),
    )


def accepted_documents(office: Office, lead: Lead) -> None:
    """Everything that was handed in is accepted."""
    for kind in (DocumentKind.RENTAL_CONTRACT, DocumentKind.HEATING_BILL):
        document = _prepare(office, hand_in(office, lead, kind, at=office.ago(days=14)))
        casefiles.accept(
            office.session, document=document, by=lead.benefit_officer, now=office.ago(days=11)
        )


def documents_waiting(office: Office, lead: Lead) -> None:
    """Papers wait for the office, one of them a photo."""
    hand_in(office, lead, DocumentKind.BANK_STATEMENTS, at=office.ago(hours=30))
    hand_in(office, lead, DocumentKind.PAYSLIPS, at=office.ago(hours=29), photo=True)


def _ask(office: Office, lead: Lead, *, days_left: int = 11) -> EvidenceRequest:
    return asking.ask(
        office.session,
        case=lead.case,
        owner=lead.citizen,
        kind=DocumentKind.HEATING_BILL,
        why="Damit wir die Nachzahlung für die Heizung übernehmen können.",
        due_on=clock.local_date(office.now + timedelta(days=days_left)),
        by=lead.benefit_officer,
        now=office.ago(days=max(3, 14 - days_left)),
    )


def request_open(office: Office, lead: Lead) -> None:
    """The office has asked for a paper."""
    _ask(office, lead)


def request_overdue(office: Office, lead: Lead) -> None:
    """The day for the paper has passed."""
    _ask(office, lead, days_left=-4)


def request_answered(office: Office, lead: Lead) -> None:
    """The office has asked for a paper, and somebody else will send it."""
    asking.answer(
        office.session,
        request=_ask(office, lead),
        answer=EvidenceAnswer.SOMEONE_ELSE,
        words="Die Hausverwaltung schickt sie Ihnen diese Woche.",
        by=lead.citizen,
        now=office.ago(hours=20),
    )


def new(office: Office, lead: Lead) -> None:
    """Has an account and nothing else yet."""


def unconfirmed(office: Office, lead: Lead) -> None:
    """Has not opened the link in the first mail."""


def guardian(office: Office, lead: Lead) -> None:
    """Has no case of her own; whom she acts for stands in `representatives`."""


def video_today(office: Office, lead: Lead) -> None:
    """A talk by video begins soon, whatever the day."""
    book(
        office,
        lead,
        kind=VIDEO,
        channel=Channel.VIDEO,
        after=office.now + timedelta(minutes=2),
        at=office.now,
        officer=_always_there(office),
    )


def video_tomorrow(office: Office, lead: Lead) -> None:
    """A talk by video in the next days."""
    book(
        office,
        lead,
        kind=WORK_VIDEO,
        channel=Channel.VIDEO,
        after=office.now + timedelta(hours=20),
        officer=lead.integration_officer,
    )


def office_visit(office: Office, lead: Lead) -> None:
    """A talk in the house next week."""
    book(
        office,
        lead,
        kind=VISIT,
        channel=Channel.OFFICE,
        after=office.now + timedelta(days=5),
        officer=lead.benefit_officer,
    )


def phone_call(office: Office, lead: Lead) -> None:
    """A phone call in a few days."""
    book(office, lead, kind=PHONE, channel=Channel.PHONE, after=office.now + timedelta(days=3))


def appointment_cancelled(office: Office, lead: Lead) -> None:
    """The citizen has called an appointment off."""
    booking = book(
        office, lead, kind=WORK_VIDEO, channel=Channel.VIDEO, after=office.now + timedelta(days=6)
    )
    appointments.cancel(
        office.session, booking=booking, by=lead.citizen, now=office.now - timedelta(hours=5)
    )


def _past_booking(office: Office, lead: Lead, *, days: int) -> Booking:
    return book(
        office,
        lead,
        kind=WORK_VIDEO,
        channel=Channel.VIDEO,
        after=office.ago(days=days),
        officer=_always_there(office),
    )


def missed(office: Office, lead: Lead) -> None:
    """Nobody came."""
    booking = _past_booking(office, lead, days=8)
    appointments.record_outcome(
        office.session,
        booking=booking,
        outcome=BookingState.MISSED,
        reason="Nicht erschienen, telefonisch nicht erreicht.",
        by=booking.staff_member,
        now=booking.ends_at + timedelta(days=1),
    )


def outcome_missing(office: Office, lead: Lead) -> None:
    """The talk is over and nobody wrote down how it went."""
    booking = _past_booking(office, lead, days=1)
    appointments.ask_for_outcome(office.session, booking=booking, now=office.now)


def consultation_done(office: Office, lead: Lead) -> None:
    """The talk was held; its note lies in the file."""
    booking = _past_booking(office, lead, days=10)
    ticket = consultations.arrive(
        office.session,
        booking=booking,
        taking_part=TakingPart.VIDEO,
        by=lead.citizen,
        now=booking.starts_at - timedelta(minutes=4),
    )
    consultations.admit(
        office.session,
        ticket=ticket,
        booking=booking,
        by=booking.staff_member,
        now=booking.starts_at + timedelta(minutes=1),
    )
    consultations.end(
        office.session,
        booking=booking,
        words=NoteWords(AGENDA, NOTE, _agreed(booking.starts_at)),
        by=booking.staff_member,
        now=booking.starts_at + timedelta(minutes=24),
    )


def _agreed(at: datetime) -> list[Step]:
    until = clock.local_date(at) + timedelta(days=4)
    return [
        Step(Doer.OFFICE, "Frau Okafor meldet Sie für den Kurs an.", until),
        Step(Doer.CITIZEN, "Den neuen Arbeitsvertrag schicken, sobald Sie ihn haben."),
    ]


def _working_day(day: date, days: int) -> date:
    """Count so many working days on; holidays are left to the search."""
    while days:
        day += timedelta(days=1)
        days -= day.isoweekday() <= FRIDAY
    return day


def everyday(office: Office, lead: Lead) -> None:
    """Fill the calendar: everybody has a talk or two in the next four weeks."""
    for _ in range(office.chance.choice((1, 2, 2, 3))):
        kind, channel = office.chance.choice(
            ((VIDEO, Channel.VIDEO), (WORK_VIDEO, Channel.VIDEO), (PHONE, Channel.PHONE))
        )
        day = _working_day(clock.local_date(office.now), office.chance.randint(1, 19))
        book(
            office,
            lead,
            kind=kind,
            channel=channel,
            after=at_wall(day, time(office.chance.choice((8, 9, 10, 11, 13, 14, 15)))),
            at=office.ago(days=office.chance.uniform(0.5, 6)),
            officer=office.chance.choice((lead.benefit_officer, lead.integration_officer)),
        )


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        renewal_due,
        draft,
        submitted,
        submitted_arrears,
        in_review,
        decided,
        withdrawn,
        rejected_document,
        accepted_documents,
        documents_waiting,
        request_open,
        request_overdue,
        request_answered,
        new,
        unconfirmed,
        guardian,
        video_today,
        video_tomorrow,
        office_visit,
        phone_call,
        appointment_cancelled,
        missed,
        outcome_missing,
        consultation_done,
    )
}
