"""What staff write about Oksana's case: a private note, a question to a colleague elsewhere."""

from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.casefiles.models import Case
from tests.access.things import CANARY, World
from tests.factories import accounts, casework


def notes_of(session: Session, world: World, *, officer: StaffMember, case: Case) -> None:
    """Write down what only her officers may read."""
    session.refresh(case, ["benefit_officer", "integration_officer"])
    note = casework.note(session, case, officer, text=f"Notiz über {CANARY}")
    expert = accounts.staff_member(session, Role.CASE_MANAGER)
    asked = casework.question(session, case, officer, expert, text=f"Frage zu {CANARY}")
    world.things |= {
        "staff_casework": {"id": case.id},
        "staff_notes": {"case_id": case.id, "id": note.id},
        "staff_expert_questions": {"case_id": case.id, "id": asked.id},
    }
    world.bodies |= {
        "staff_notes.write": {"text": "Ruft vormittags an", "scope": "team"},
        "staff_notes.rewrite": {"text": "Ruft nachmittags an", "version": "1"},
        "staff_expert_questions.answer": {"answer": "Ja."},
    }
