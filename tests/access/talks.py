"""Talks of Oksana: one runs, with guests and a paper on the table, for another she waits."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember, StaffRole
from portal.appointments.models import Booking
from portal.casefiles.models import Document
from portal.consultations import nodes, table
from portal.consultations.guest_models import GuestRole
from portal.consultations.models import ChatMessage
from tests.access.things import CANARY, World
from tests.factories import consultations, safety


def talks_of(
    session: Session,
    world: World,
    *,
    officer: StaffMember,
    running: Booking,
    coming: Booking,
    now: datetime,
) -> None:
    """Hold one talk and let her wait for another; guests, table, calls for help come with them."""
    talk = consultations.running(session, running, now=running.starts_at)
    session.add(
        ChatMessage(
            consultation_id=talk.id,
            author=f"citizen:{running.citizen_id}",
            author_name=running.citizen.name,
            client_id="1",
            text=CANARY,
            at=now,
        )
    )
    ticket = consultations.waiting(session, coming, now=now)
    guest, code = consultations.guest(session, coming, now=now)
    theirs, _ = consultations.guest(session, running, now=now)
    lead = session.scalars(
        select(StaffMember).join(StaffMember.roles).where(StaffRole.role == Role.TEAM_LEAD)
    ).one()
    colleague, _ = consultations.guest(
        session, coming, role=GuestRole.COLLEAGUE, colleague=lead, now=now
    )
    nodes.report(session, data={"node": "m1"}, at=now)
    table.show_page(
        session,
        booking=running,
        document=session.get_one(Document, world.things["casefiles"]["id"]),
        number=1,
        by=officer,
        now=now,
    )
    alert = safety.alert(session, running, now=now)
    incident = safety.incident(session, officer, what=CANARY)
    world.things |= {
        "consultations": {"id": coming.id},
        "consultations.call": {"id": running.id},
        "consultations.messages": {"id": running.id},
        "consultations.ticket": {"id": running.id},
        "guests": {"secret": code},
        "guests.page": {"secret": code, "number": 1},
        "guest_list": {"id": coming.id, "guest_id": guest.id},
        "staff_guest_list": {"id": running.id, "guest_id": theirs.id},
        "colleagues": {"id": colleague.id},
        "colleagues.page": {"id": colleague.id, "number": 1},
        "waiting_room": {"id": coming.id},
        "media_nodes": {"id": "m1"},
        "consultation_table": {"id": running.id},
        "consultation_table.page": {"id": running.id, "number": 1},
        "staff_consultation_table": {"id": running.id},
        "staff_consultation_table.show_page": {
            "id": running.id,
            "document_id": world.things["casefiles"]["id"],
            "number": 1,
        },
        "staff_safety": {"id": alert.id, "booking_id": running.id},
        "staff_safety.incident": {"id": incident.id},
        "staff_safety.reply": {"id": incident.id},
        "staff_consultations": {"id": running.id},
        "staff_consultation_end": {"id": running.id},
        "staff_consultation_pick": {"id": running.id},
        "staff_consultations.call_in": {"id": coming.id, "ticket_id": ticket.id},
        "staff_consultations.admit": {"id": coming.id, "ticket_id": ticket.id},
        "staff_consultations.send_back": {"id": coming.id, "ticket_id": ticket.id},
    }
    world.bodies |= {
        "consultations.wait": {"taking_part": "video"},
        "guest_list.invite": {"role": "companion", "called": "Rita"},
        "staff_guest_list.invite": {"role": "interpreter", "called": "Rita"},
        "guests.agree": {"guest_name": "Rita", "agreed": "y"},
        "colleagues.agree": {"guest_name": "Rita", "agreed": "y"},
        "staff_consultations.say": {"key": "soon"},
        "rehearsal.result": {"rung": "video", "sound": "y"},
        "consultation_table.remark": {"text": "Das stimmt."},
        "consultation_table.report_problem": {"problem": "no_sound"},
        "staff_consultation_table.report_problem": {"problem": "no_sound"},
        "staff_safety.reply": {"answer": "Besprochen."},
        "staff_safety.report": {"what": "Streit", "kinds": ["other"], "day": "26.11.2026"},
        "staff_consultations.save_note": {"note": "Miete"},
        "staff_consultation_end.end": {"note": "Miete"},
    }
