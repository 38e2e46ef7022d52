"""One person with everything the portal can hold, and everybody who might knock at her doors.

Oksana has a case in team „Lindenau 1“ with papers, a draft, a sent application, appointments, talks
and keys. The visitors are those of the issue. `CANARY` stands in whatever only she and her team may
read, so that a page that shows it to others is found.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.keys import ContactChange, LinkPurpose, ProviderIdentity
from portal.accounts.models import (
    Citizen,
    Power,
    RepresentationKind,
    Role,
    StaffMember,
    StaffRole,
)
from portal.accounts.service import keeping, letters
from portal.appointments import cards, contacts
from portal.appointments.cards import Needs
from portal.appointments.models import Booking
from portal.calendars.models import Channel
from portal.calendars.queries import availabilities_of
from portal.casefiles.keeping import CaseExport, Hold
from portal.casefiles.models import Case, Document, HandIn
from portal.core import assets, clock
from portal.core.vault import service as vault
from portal.feeds import service as feeds
from portal.handover.steps import STEPS
from portal.inbox import follow_ups
from portal.inbox.models import WorkItem
from portal.notifications.models import Message, MessageAttachment
from portal.postbox.models import Letter
from portal.representation import service as helping
from portal.representation.rules import Period
from portal.uploads import service as uploads
from portal.uploads.protocol import Announced
from tests.access import applying, deciding, people, planning, working, writing
from tests.access.talks import talks_of
from tests.access.things import CANARY, World
from tests.factories import (
    accounts,
    appointments,
    casefiles,
    consultations,
    groups,
    inbox,
    intake,
    invitations,
    office,
    representation,
    waiting,
)
from tests.factories import identity as identity_factory
from tests.factories.notifications import browser, lost_link

VISITORS = {
    "own": "Oksana herself: whose things these are (the control: she does get in)",
    "non": "nobody signed in",
    "cit": "another citizen",
    "hou": "a member of the same household (Bedarfsgemeinschaft) with an own sign-in",
    "hlp": "a helper acting for her: may see, fill in, upload",
    "rep": "a representative with power of attorney acting for her: may do everything",
    "wrg": "staff of another team with every role of casework that a team bounds",
    "dsk": "front desk and mailroom of another team: they receive whoever comes",
    "rgt": "her officers in the right team: benefits and integration",
    "led": "the lead of the right team",
    "adm": "an administrator",
    "exm": "somebody who has left the office, with the old cookie",
}
"""Column of the table → who that is."""


def build(session: Session) -> World:
    """Build everything; the session must stand in a request, so that messages can be rendered."""
    now = clock.now()
    world = World()
    team = accounts.team(session, "Lindenau 1")
    officer = appointments.officer(session, team=team)
    officer.roles.append(StaffRole(role=Role.BENEFIT_OFFICER))
    session.flush()
    oksana = accounts.citizen(session, last_name=CANARY, phone="0641 5550123")
    case = casefiles.case(session, oksana, now=now)
    case.team_id, case.benefit_officer_id = team.id, officer.id
    case.integration_officer_id = officer.id
    session.flush()
    made = people.knock(session, oksana=oksana, officer=officer, case=case, now=now)
    world.secrets = made.secrets
    _papers(session, world, oksana=oksana, officer=officer, now=now)
    deciding.decisions_of(session, world, oksana=oksana, officer=officer, now=now)
    applying.applications_of(session, world, oksana=oksana, officer=officer, now=now)
    _appointments(session, world, oksana=oksana, officer=officer, case_id=case.id, now=now)
    _letters(session, world, oksana=oksana, officer=officer, case=case, now=now)
    writing.threads_of(session, world, oksana=oksana, officer=officer, case=case)
    _items(session, world, case_id=case.id, officer=officer)
    working.notes_of(session, world, officer=officer, case=case)
    _keys(session, world, oksana=oksana, officer=officer, now=now)
    _office(session, world, oksana=oksana, officer=officer, left=made.left)
    _others(session, world, oksana=oksana, officer=officer, case=case)
    world.things["precheck"] = {"page_id": "haushalt"}
    world.bodies["precheck.answer"] = {"age": "34", "partner": "nein", "children": "0"}
    applying.forms_of(session, world)
    session.commit()
    return world


# Oksana's things


def _papers(
    session: Session, world: World, *, oksana: Citizen, officer: StaffMember, now: datetime
) -> None:
    paper = casefiles.document(session, owner=oksana, title=f"Mietvertrag {CANARY}", now=now)
    twin = casefiles.document(session, owner=oksana, now=now - timedelta(days=1))
    asked = casefiles.evidence_request(session, owner=oksana, now=now)
    page = {"id": paper.id, "number": 1}
    begun = uploads.begin(
        session,
        owner=oksana,
        sender=oksana,
        said=Announced(
            100, f"{CANARY}.pdf", "application/pdf", "unterlagen", None, is_redacted=False
        ),
        now=now,
    )
    world.queries["uploads.index"] = "?korb=unterlagen"
    world.things |= {
        "uploads": {"id": begun.id},
        "casefiles": {"id": paper.id},
        "casefiles.page": page,
        "casefiles.thumbnail": page,
        "hand_ins": {"id": paper.hand_in_id},
        "staff_casefiles": {"id": paper.id},
        "staff_casefiles.page": page,
        "staff_casefiles.thumbnail": page,
        "staff_casefiles.case": {"id": paper.case_id},
        "casefiles_tasks": {"id": asked.id, "slug": "habe-ich-nicht"},
        "staff_casefiles_evidence": {"id": asked.id},
    }
    for endpoint in ("ask", "send_request"):
        world.things[f"staff_casefiles_evidence.{endpoint}"] = {"id": paper.case_id}
        world.queries[f"staff_casefiles_evidence.{endpoint}"] = f"?person={oksana.id}&art=payslips"
    world.bodies["casefiles_tasks.answer"] = {"words": CANARY}
    world.bodies["staff_casefiles_evidence.give_time"] = {"antwort": "ja"}
    waiting = intake.scan(session, now=now)
    world.things |= {
        "staff_intake": {"id": waiting.id},
        "staff_intake.page": {"id": waiting.id, "number": 1},
        "staff_intake.print_sheet": {"case_id": paper.case_id},
    }
    world.bodies["staff_intake.print_sheet"] = {"owner": str(oksana.id)}
    received = session.get_one(HandIn, paper.hand_in_id)
    casefiles.receipt(session, received, now=now)
    world.queries["receipts.check"] = f"?code={received.code}"
    world.bodies["receipts.answer"] = {"code": received.code}
    world.queries["staff_casefiles.choose_case"] = "?reference=JC-0010042"
    world.bodies |= {
        "staff_casefiles.accept_many": {"id": str(paper.id)},
        "staff_casefiles.rotate": {"drehen": "1:rechts"},
        "staff_casefiles.reorder": {"place": "1"},
        "staff_casefiles.split": {"firsts": "1"},
        "staff_casefiles.merge": {"mit": str(paper.id)},
        "staff_casefiles.unmerge": {"von": str(paper.id)},
        "staff_casefiles.same": {"wie": str(twin.id)},
        "staff_casefiles.move": {"reference": "JC-0010042", "reason": "Falsche Akte"},
        "staff_casefiles.take_back": {"um": now.isoformat()},
    }
    world.queries["staff_casefiles.ask_accept_many"] = f"?id={paper.id}"
    world.bodies["staff_casefiles.reject"] = {"reason": "unreadable", "due_on": "2027-01-15"}
    _whole_file(session, world, paper=paper, officer=officer, now=now)


def _whole_file(
    session: Session, world: World, *, paper: Document, officer: StaffMember, now: datetime
) -> None:
    """Hold her file, pack it, and look for her paper by its words."""
    hold = Hold(case_id=paper.case_id, reason=f"Klage {CANARY}", set_at=now, set_by_id=officer.id)
    lead = session.scalars(
        select(StaffMember).where(
            StaffMember.team_id == officer.team_id, queries.holds([Role.TEAM_LEAD])
        )
    ).one()
    kept = vault.keep(session, holder=paper.case_id, chunks=[CANARY.encode()], now=now)
    package = CaseExport(
        case_id=paper.case_id,
        asked_by_id=lead.id,
        asked_at=now,
        finished_at=now,
        file_id=kept.id,
        expires_at=now + timedelta(hours=24),
    )
    session.add_all((hold, package))
    session.flush()
    world.things |= {
        "staff_files": {"id": paper.case_id},
        "staff_files.lift": {"id": hold.id},
        "staff_files.fetch": {"id": package.id},
    }
    for endpoint in ("search_all", "search_case"):
        world.queries[f"staff_files.{endpoint}"] = "?suche=Mietvertrag"
    world.bodies["staff_files.hold"] = {"reason": "Klage beim Sozialgericht"}


def _appointments(
    session: Session,
    world: World,
    *,
    oksana: Citizen,
    officer: StaffMember,
    case_id: UUID,
    now: datetime,
) -> None:
    def booked(starts_in: timedelta) -> Booking:
        made = consultations.booking(
            session, starts_in=starts_in, now=now, citizen=oksana, officer=officer
        )
        made.case_id = case_id
        session.flush()
        return made

    running, coming, far = (
        booked(timedelta(minutes=-50)),
        booked(timedelta(minutes=5)),
        booked(timedelta(days=3)),
    )
    contacts.ensure_standard_tracks(session)
    absence = appointments.absence(
        session, officer, starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=10)
    )
    hours = availabilities_of(session, officer=officer)[0]
    planning.plans_of(session, world, officer=officer, hours=hours, booking_id=far.id, now=now)
    in_house = booked(timedelta(days=5))
    in_house.channel = Channel.OFFICE
    in_house.place_id = world.things["staff_places"]["id"]
    kind = {"key": "beratung-video"}
    offer = waiting.offered(session, oksana, now=now)
    entry = waiting.entry(session, oksana, now=now, key="telefon")
    event = groups.event_on(session, clock.local_date(now) + timedelta(days=12), officer, now=now)
    groups.seat(session, event, oksana)
    held = appointments.held(session, oksana, now=now)
    needs = Needs(interpreter_language="Arabisch")
    cards.write(session, booking=far, needs=needs, by=oksana, now=now)
    on_behalf = {"case_id": case_id, "citizen_id": oksana.id, **kind}
    world.things |= {
        "appointments": {"id": far.id},
        "appointments.choose_slot": kind,
        "appointments.hold": kind,
        "appointments.confirm": {"id": held.id, **kind},
        "appointments.book": {"id": held.id, **kind},
        "appointments.confirm_move": {"id": far.id, "held_id": held.id},
        "appointments.move": {"id": far.id, "held_id": held.id},
        "staff_appointments": {"id": far.id},
        "staff_appointments_needs": {"id": far.id},
        "staff_booking_rooms": {"id": in_house.id},
        "staff_skills": {"id": officer.id},
        "staff_finding": {"case_id": case_id, "citizen_id": oksana.id},
        "staff_kinds": {"id": held.type_id},
        "waiting_list.ask": kind,
        "waiting_list.join": kind,
        "waiting_list.leave": {"id": entry.id},
        "waiting_list": {"id": offer.id},
        "staff_waiting_list": {"id": entry.id},
        "groups": {"id": event.id},
        "staff_groups": {"id": event.id},
        "staff_groups.take_in": {"id": event.id, "case_id": case_id, "citizen_id": oksana.id},
        "staff_groups.invite": {"id": event.id, "case_id": case_id},
        "outcomes": {"id": far.id},
        "staff_outcomes": {"id": far.id},
        "staff_contacts": {"id": case_id},
        "staff_contacts.track": {"key": "bestand"},
        "staff_contacts.change_track": {"key": "bestand"},
        "staff_appointments.choose_slot": on_behalf,
        "staff_appointments.book": on_behalf,
        "staff_walk_ins": {"id": oksana.id, **kind},
        "staff_calendars.remove_absence": {"id": absence.id},
        "staff_calendars.remove_hours": {"id": hours.id},
    }
    talks_of(session, world, officer=officer, running=running, coming=coming, now=now)
    secret = feeds.make(session, member=officer, now=now)
    world.things |= {
        "feeds": {"secret": secret, "id": far.id, "rest": "termine/"},
        "staff_undelivered": {"id": case_id},
        "staff_unreached": {"id": lost_link(session, far, now=now).id},
        "staff_hand_overs": {"id": STEPS[0].item_id(officer.team_id)},
        "message_wishes": {"id": browser(session, oksana, now=now).id},
        "staff_telling": {"id": browser(session, officer, now=now).id},
    }
    world.bodies["dev.begin_talk"] = {"termin": str(far.id)}


def _letters(
    session: Session,
    world: World,
    *,
    oksana: Citizen,
    officer: StaffMember,
    case: Case,
    now: datetime,
) -> None:
    """Write her every kind of letter; what they say is about her alone."""
    slot = appointments.free_slot(session, oksana, "jobcenter", now + timedelta(days=25))
    about = f"Es geht um {CANARY}."
    given = {"case": case, "now": now}
    summons = invitations.summons(session, oksana, officer, slot=slot, about=about, **given)
    hearing = invitations.hearing(session, oksana, officer, planned=about, **given)
    invited = invitations.invitation(session, oksana, officer, now=now, about=about)
    person = {"case_id": case.id, "citizen_id": oksana.id}
    world.things |= {
        "invitations": {"id": invited.id},
        "staff_invitations": {"id": invited.id},
        "staff_invitations.supply": {"id": invited.type_id},
        "staff_invitations.invite_at_once": person,
        "summonses": {"id": summons.id},
        "summonses.of_booking": {"id": summons.booking_id},
        "staff_summonses": {"id": summons.id, **person},
        "staff_summonses.of_booking": {"id": summons.booking_id},
        "staff_summonses.hear_reason": {"id": summons.booking_id},
        "staff_summonses.take_reason": {"id": summons.booking_id},
        "hearings": {"id": hearing.id},
        "staff_hearings": {"id": hearing.id, **person},
        "postbox": {"id": hearing.letter_id},
        "letters": {"number": session.get_one(Letter, hearing.letter_id).number},
        "staff_postbox": {"id": hearing.letter_id, "case_id": case.id},
    }
    world.queries |= {
        "staff_invitations.new": f"?akte={case.id}",
        "staff_invitations.invite": f"?akte={case.id}",
    }
    world.bodies |= {
        "summonses.give_reason": {"words": CANARY},
        "hearings.answer": {"words": CANARY},
    }


def _items(session: Session, world: World, *, case_id: UUID, officer: StaffMember) -> None:
    item = session.scalars(
        select(WorkItem).where(WorkItem.case_id == case_id).order_by(WorkItem.id).limit(1)
    ).one()
    world.things["staff_inbox"] = {"id": item.id}
    put_off = follow_ups.put(
        session,
        item=item,
        day=clock.local_date(clock.now()) + timedelta(days=7),
        note=CANARY,
        is_private=False,
        by=officer,
        now=clock.now(),
        land="HE",
    )
    world.things["staff_follow_ups"] = {"id": put_off.id}
    world.things["staff_workload"] = {"id": officer.id}
    for endpoint in ("beside", "put_beside"):
        world.things[f"staff_follow_ups.{endpoint}"] = {"id": item.id}
    world.queries["staff_casefiles.index"] = "?suche=Oksana"
    world.bodies["staff_inbox.hand_over"] = {"colleague": str(officer.id)}
    world.bodies["staff_inbox.walk"] = {"von": str(item.subject_id)}
    kept = inbox.saved_view(session, officer)
    taken = inbox.taken_together(session, officer, item)
    for endpoint in ("forget_view", "begin_with_view"):
        world.things[f"staff_inbox.{endpoint}"] = {"id": kept.id}
    world.bodies["staff_inbox.keep_view"] = {"name": "Ansicht"}
    world.bodies["staff_inbox.do_together"] = {"schritt": "gesehen", "id": str(item.id)}
    world.bodies["staff_inbox.put_off_together"] = {"id": str(item.id)}
    world.bodies["staff_inbox.take_back"] = {"um": str(taken.id)}


def _keys(
    session: Session, world: World, *, oksana: Citizen, officer: StaffMember, now: datetime
) -> None:
    for person, account, keys, signing in (
        (oksana, "account", "keys", "accounts"),
        (officer, "staff_keys", "staff_keys", "staff_accounts"),
    ):
        elsewhere, _ = people.session_of(session, person, now=now)
        passkey = people.passkey(person, now=now)
        kept = keeping.keep_form(
            session,
            ended=elsewhere,
            path="/konto/kontakt",
            fields=[("phone", CANARY)],
            had_files=False,
            now=now,
        )
        session.add(passkey)
        session.flush()
        world.things |= {
            f"{account}.sign_out_device": {"id": elsewhere.id},
            f"{keys}.drop_passkey": {"id": passkey.id},
            f"{signing}.go_on": {"id": kept.id},
        }
    identity = ProviderIdentity(
        citizen_id=oksana.id, issuer="https://id.example", subject="1", linked_at=now, used_at=now
    )
    session.add(identity)
    session.flush()
    world.things["provider.disconnect"] = {"id": identity.id}
    for purpose, endpoints in LINKS.items():
        person = officer if purpose == LinkPurpose.INVITATION else oksana
        change = change_of(oksana, now=now) if purpose == LinkPurpose.CHANGE_TO else None
        link, secret = letters.new_link(person, purpose, now=now, change=change)
        session.add(link)
        session.flush()
        for endpoint in endpoints:
            world.things[endpoint] = {"id": link.id, "secret": secret}
    message = session.scalars(select(Message).order_by(Message.created_at, Message.id)).first()
    assert message is not None
    message.attachments.append(
        MessageAttachment(filename="termin.ics", content_type="text/calendar", content=b"BEGIN")
    )
    session.flush()
    world.things |= {
        "dev": {"id": message.id},
        "dev.enclosure": {"id": message.id, "number": 1},
        "style_sheet": {"mark": assets.style_url().partition("portal-")[2].partition(".")[0]},
    }
    world.bodies["dev.become"] = {"person": f"citizen:{oksana.id}"}


def _office(
    session: Session, world: World, *, oksana: Citizen, officer: StaffMember, left: StaffMember
) -> None:
    """Name what front desk and administration look at: her letter and account, her officer."""
    letter = identity_factory.letter(session, oksana)
    session.flush()
    browser = world.things["staff_keys.sign_out_device"]["id"]
    world.things |= {
        "staff_identity": {"id": letter.id},
        "administration_person": {"person_id": officer.id},
        "administration_person.ask_reactivate": {"person_id": left.id},
        "administration_person.reactivate": {"person_id": left.id},
        "administration_person.end_session": {"person_id": officer.id, "id": browser},
        "administration_teams": {"id": officer.team_id},
    }
    for endpoint in ("account", "identify", "unlink"):
        world.things[f"staff_identity.{endpoint}"] = {"id": oksana.id}


def _others(
    session: Session, world: World, *, oksana: Citizen, officer: StaffMember, case: Case
) -> None:
    """Name who acts for her and who opened her file: representation, helpers, walls of teams."""
    right = representation.representation(session, principal=oksana)
    invitation, code = helping.invite(
        session,
        principal=oksana,
        kind=RepresentationKind.HELPER,
        powers=[Power.SEE],
        period=next(iter(Period)),
        now=clock.now(),
    )
    stranger = casefiles.officer(session)
    asked = office.emergency(session, case=case, member=stranger)
    closed = office.conflict(session, case=casefiles.case(session), member=officer)
    stands_in = office.substitution(
        session, absent=officer, substitute=casefiles.officer(session, case)
    )
    session.flush()
    world.things |= {
        "representation": {"id": invitation.id},
        "representation.end": {"id": right.id},
        "representation.accept_page": {"code": code},
        "representation.accept": {"code": code},
        "staff_representation": {"case_id": case.id},
        "staff_representation.end": {"case_id": case.id, "id": right.id},
        "staff_casefiles.conflict": {"id": case.id},
        "staff_casefiles.keep_out": {"id": case.id},
        "staff_casefiles.approve": {"id": asked.id},
        "staff_office.lift": {"id": closed.id},
        "staff_office.end": {"id": stands_in.id},
    }


LINKS: Mapping[LinkPurpose, tuple[str, ...]] = {
    LinkPurpose.CONFIRM_ADDRESS: ("registering.confirmation", "registering.confirm_address"),
    LinkPurpose.RESET_PASSWORD: ("registering.new_password", "registering.reset_password"),
    LinkPurpose.CHANGE_TO: ("account.address_confirmation", "account.confirm_address"),
    LinkPurpose.INVITATION: ("staff_accounts.invitation", "staff_accounts.take_invitation"),
}


def change_of(oksana: Citizen, *, now: datetime) -> ContactChange:
    """Return a change of address that waits for its links."""
    return ContactChange(
        citizen=oksana,
        address="neu@example.org",
        asked_at=now,
        expires_at=now + timedelta(hours=24),
    )
