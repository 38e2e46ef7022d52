"""Applications of the small world, in every state that has an address."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import (
    Citizen,
    Role,
    StaffMember,
)
from portal.applications import part_queries, parts, reading_queries
from portal.applications.models import Application
from portal.applications.places import Place
from tests.access.things import CANARY, World
from tests.factories import (
    accounts,
    applications,
    form_edits,
    instant,
    reading_along,
)


def applications_of(
    session: Session, world: World, *, oksana: Citizen, officer: StaffMember, now: datetime
) -> None:
    row = applications.row(1)
    sent = applications.sent(session, oksana, now=now)
    supplements_of(session, world, oksana=oksana, officer=officer, now=now)
    draft = applications.draft(
        session,
        oksana,
        applications.NOTHING_CHANGED | {"income_kinds": ["job"], "job_employer@1": CANARY},
        now=now,
    )
    needed = applications.sheet(session, draft).needs[0]
    on_paper = applications.on_paper(session, sent, now=now)
    group = {"id": draft.id, "page_id": "arbeit", "row": row}
    page = {"id": draft.id, "page_id": "anschrift"}
    need = {"id": draft.id, "key": needed.key}
    instant_one = instant.sent(session, oksana, now=now, with_receipt=True, need=CANARY)
    world.things |= {
        "instant": {"id": instant_one.id},
        "staff_instant": {"id": instant_one.id},
        "applications": {"id": draft.id},
        "applications.start": {"form": "wba"},
        "applications.begin": {"form": "wba"},
        "applications.page": page,
        "applications.save_page": page,
        "application_autosave.remember": page,
        "applications.row": group,
        "applications.save_row": group,
        "applications.remove_row": group,
        "application_autosave.remember_row": group,
        "application_papers.need": need,
        "application_papers.documents": {"id": draft.id},
        "application_papers.attach": need,
        "application_papers.ask": need | {"slug": "spaeter"},
        "application_papers.say": need | {"slug": "spaeter"},
        **parts_of(session, oksana, now=now),
        "application_cards.card": {"id": draft.id, "section": "about_you"},
        "application_cards.which": {"id": draft.id, "section": "about_you"},
        "application_cards.confirm": {"id": draft.id, "section": "about_you"},
        "staff_applications": {"id": sent.id},
        "staff_applications.note_sheet": {"id": sent.id, "part": on_paper.id},
        **readings_of(session, draft, oksana, officer, now=now),
    }
    world.bodies["application_readings.decide"] = {"answer": "refuse"}
    world.bodies |= {
        "staff_instant.answer": {"words": "Wir haben angerufen."},
        "staff_instant.open_case": {"first_name": "Oksana", "last_name": CANARY},
    }
    for endpoint in ("sent", "ask_withdraw", "withdraw"):
        world.things[f"applications.{endpoint}"] = {"id": sent.id}


def supplements_of(
    session: Session, world: World, *, oksana: Citizen, officer: StaffMember, now: datetime
) -> None:
    """Name an application with a job, a round of questions about it and a supplement to it."""
    made = applications.sent(session, oksana, applications.A_JOB, now=now)
    round = applications.asked(session, made, officer, "moved", words=CANARY, now=now)
    added = applications.supplemented(
        session, made, oksana, {"assets_savings": "1.00"}, words=CANARY, now=now
    )
    page = {"id": made.id, "page_id": "anschrift"}
    row = {"id": made.id, "page_id": "arbeit", "row": applications.row(1)}
    world.things |= {
        "supplements": {"id": made.id},
        "supplements.page": page,
        "supplements.save_page": page,
        "supplements.row": row,
        "supplements.remember": page,
        "supplements.remember_row": row,
        "supplements.save_row": row,
        "supplements.remove_row": row,
        "supplements.sent": {"id": made.id, "number": added.number},
        "staff_corrections": {"id": round.id},
        "staff_corrections.choose": {"id": made.id},
        "staff_corrections.ask": {"id": made.id},
        "staff_corrections.supplement": {"id": added.id},
        "staff_corrections.see": {"id": added.id},
    }
    world.queries["supplements.more_time"] = "?rueckfrage=1"
    world.bodies["staff_corrections.choose"] = {"mark": "a:moved//"}


def readings_of(
    session: Session, draft: Application, oksana: Citizen, officer: StaffMember, *, now: datetime
) -> dict[str, dict[str, Any]]:
    """Let her officer read her draft along and propose a new address."""
    reading = reading_along.running(session, draft, oksana, officer, now)
    reading_along.proposed(session, reading, officer, {"street": f"Am {CANARY} 3"}, now)
    (proposal,) = reading_queries.proposals_in(session, application=draft)
    return {
        "application_readings": {"id": draft.id},
        "application_readings.decide": {"id": draft.id, "proposal_id": proposal.id},
        "staff_readings": {"id": reading.id, "question_id": "street"},
        "staff_readings.show": {"id": reading.id},
        "staff_readings.end": {"id": reading.id},
        "staff_readings.take_back": {"id": reading.id, "proposal_id": proposal.id},
    }


def parts_of(session: Session, oksana: Citizen, *, now: datetime) -> dict[str, dict[str, Any]]:
    """Return what names the parts of drafts: one that she gives away, one that she fills in."""
    draft, given = applications.shared(session, oksana, now=now)
    _, held = applications.shared(session, accounts.citizen(session), now=now)
    held.citizen, held.opened_at = oksana, now
    session.flush()
    part, filled = part_queries.filled_for(session, held.id, asker=oksana)
    works = {Place("works", None, part.owner_id): True}
    parts.save(session, part=part, filled=filled, answers=works, by=oksana, now=now)
    held.on_paper_at, held.paper_sha256 = now, "0" * 64
    [need] = [one for one in filled.sheet.needs if one.requirement.key == "pupil_proof"]
    paper = {"id": held.id, "key": need.key}
    page = {"id": held.id, "page_id": "arbeit"}
    entry = {"id": held.id, "page_id": "stellen", "row": applications.row(7)}
    return {
        "application_parts": {"id": held.id},
        "application_parts.code": {"id": given.id},
        "application_parts.revoke": {"id": given.id},
        "application_parts.invite": {"id": draft.id, "owner": given.owner_id},
        "application_parts.page": page,
        "application_parts.save_page": page,
        "application_parts.remember": page,
        "application_parts.row": entry,
        "application_parts.remember_row": entry,
        "application_parts.save_row": entry,
        "application_parts.remove_row": entry,
        "application_part_papers": {"id": held.id},
        "application_part_papers.need": paper,
        "application_part_papers.attach": paper,
        "application_part_papers.ask": paper | {"slug": "spaeter"},
        "application_part_papers.say": paper | {"slug": "spaeter"},
    }


def forms_of(session: Session, world: World) -> None:
    """Name a change of a form: it is nobody's, and who may edit forms edits all of them."""
    author = accounts.staff_member(session, Role.DATA_QUALITY_OFFICER)
    refused = form_edits.refused(session, author)
    edit = form_edits.changed(session, form_edits.begun(session, author), author)
    own = form_edits.asked(session, edit, author)
    world.things |= {
        "staff_forms": {"form": edit.form, "page_id": "anschrift"},
        "staff_forms_edits": {"id": edit.id},
    }
    for endpoint in ("words", "change_words"):
        world.queries[f"staff_forms.{endpoint}"] = f"?ort={form_edits.LABEL}"
    for endpoint in ("question", "add_question"):
        world.queries[f"staff_forms.{endpoint}"] = "?seite=anschrift"
    world.bodies |= {
        "staff_forms.set_optional": {"question": "city", "optional": "ja"},
        "staff_forms.take_out": {"question": own},
    }
    world.things["staff_forms_edits.resume"] = {"id": refused.id}
