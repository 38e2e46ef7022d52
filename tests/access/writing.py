"""What Oksana and the office write to each other."""

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.casefiles.models import Case
from tests.access.things import CANARY, World
from tests.factories import messages


def threads_of(
    session: Session, world: World, *, oksana: Citizen, officer: StaffMember, case: Case
) -> None:
    """Let her write to the office, and the office answer; what stands there is hers alone."""
    thread = messages.thread(session, oksana, subject=CANARY, text=f"Es geht um {CANARY}.")
    messages.answered(session, thread, officer, text=f"Zu {CANARY}.")
    messages.replied(session, thread, oksana)
    block = messages.block(session, officer)
    world.things |= {
        "threads": {"id": thread.id},
        "staff_threads": {"id": thread.id, "case_id": case.id},
        "staff_text_blocks": {"id": block.id},
    }
    world.bodies |= {
        "threads.send": {"topic": "money", "subject": "Frage", "text": "Hallo"},
        "threads.reply": {"text": "Hallo"},
        "staff_threads.answer": {"text": "Hallo"},
    }
