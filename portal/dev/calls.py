"""Letters of the demo office: an invitation, a summons and a hearing, each in its state."""

from collections.abc import Callable
from datetime import timedelta

from portal.accounts import rules as accounts
from portal.accounts.models import Citizen, Right, StaffMember
from portal.calendars import search
from portal.calendars.models import Channel
from portal.casefiles import service as casefiles
from portal.casefiles.models import Case
from portal.core import clock, working_days
from portal.core.errors import PortalError
from portal.dev.stage import Office
from portal.invitations import hearings, inviting, summoning
from portal.invitations.capacity import Guest
from portal.invitations.models import Purpose
from portal.postbox import jobs as postbox

MORNING, EVENING = 9, 15
ABOUT = "Wir möchten hören, wie es Ihnen geht und was Sie sich beruflich wünschen."


def fill(office: Office, people: list[Citizen]) -> None:
    """Let three people have a call of the office each; without free times one is left out."""
    officer = next(one for one in office.staff if accounts.can(one, Right.SUMMON))
    deeds: tuple[Callable[[Office, StaffMember, Case, Citizen], object], ...] = (
        _invite,
        _summon,
        _hear,
    )
    for citizen, deed in zip(people, deeds, strict=False):
        case = casefiles.case_for(office.session, citizen=citizen, now=office.now)
        try:
            with office.session.begin_nested():
                deed(office, officer, case, citizen)
        except PortalError:
            continue


def _filed(office: Office, letter_id: object) -> None:
    postbox.file_letter(office.session, now=office.now, letter_id=str(letter_id))


def _invite(office: Office, officer: StaffMember, case: Case, citizen: Citizen) -> None:
    done = inviting.invite(
        office.session,
        guests=[Guest(case, citizen)],
        type=office.types["beratung-video"],
        channel=Channel.VIDEO,
        answer_until=clock.local_date(office.now) + timedelta(days=10),
        about=ABOUT,
        by=officer,
        now=office.now,
    )
    for invitation in done.invitations:
        _filed(office, invitation.letter_id)


def _summon(office: Office, officer: StaffMember, case: Case, citizen: Citizen) -> None:
    type, first = office.types["jobcenter"], office.now + timedelta(days=16)
    slots = search.free_slots(
        office.session,
        type=type,
        channel=Channel.OFFICE,
        citizen=citizen,
        first=first,
        last=first + timedelta(days=21),
        asker=officer,
        now=office.now,
    )
    by_day = [
        one
        for one in slots
        if working_days.is_working_day(one.starts_at.date(), land="HE")
        and MORNING <= clock.local(one.starts_at).hour < EVENING
    ]
    if not by_day:
        return
    summons = summoning.summon(
        office.session,
        case=case,
        citizen=citizen,
        purpose=Purpose.PLACEMENT,
        about="Wir sprechen über Ihren Kooperationsplan und über freie Stellen im Lager.",
        is_first_talk=False,
        type=type,
        slot=by_day[0],
        by=officer,
        now=office.now,
        land="HE",
    )
    _filed(office, summons.letter_id)


def _hear(office: Office, officer: StaffMember, case: Case, citizen: Citizen) -> None:
    hearing = hearings.ask(
        office.session,
        case=case,
        citizen=citizen,
        planned="Wir möchten die Bewilligung für Oktober ändern und 84 Euro zurückfordern.",
        facts="Im Oktober haben Sie 1.284 Euro verdient.\nBewilligt haben wir mit 1.200 Euro.",
        basis="§ 48 SGB X, § 50 SGB X",
        is_personal=False,
        type=office.types["beratung-video"],
        by=officer,
        now=office.now,
        land="HE",
    )
    _filed(office, hearing.letter_id)
