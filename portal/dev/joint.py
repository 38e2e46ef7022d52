"""The demo office around talks of several people: who speaks what, and one with interpreting."""

from datetime import timedelta

from sqlalchemy import select

from portal.accounts.models import Citizen
from portal.appointments import service
from portal.appointments.models import Arranged
from portal.calendars import search, skills
from portal.calendars.models import Channel, TalkRole
from portal.calendars.wishes import Seat
from portal.casefiles.models import CaseMember
from portal.dev.stage import Office

_SKILLS = {
    "Sommer": ([TalkRole.INTEGRATION, TalkRole.PLACEMENT], ["en"]),
    "Okafor": ([TalkRole.INTEGRATION], ["en", "fr"]),
    "Richter": ([TalkRole.CASE_MANAGEMENT, TalkRole.INTERPRETER], ["ar", "ku"]),
    "Vogel": ([TalkRole.INTEGRATION], ["ru", "uk"]),
}
_SEATS = [
    Seat(TalkRole.BENEFIT),
    Seat(TalkRole.INTEGRATION),
    Seat(TalkRole.INTERPRETER, language="ar"),
]


def fill(office: Office) -> None:
    """Write down skills, and book one talk of three in a room for the first who has time."""
    staff = {one.last_name: one for one in office.staff}
    for name, (roles, languages) in _SKILLS.items():
        skills.write_skills(
            office.session,
            officer=staff[name],
            roles=roles,
            languages=languages,
            by=staff["Vogel"],
            now=office.now,
        )
    kind, by = office.types["gemeinsam"], staff["Hoffmann"]
    people = office.session.scalars(
        select(Citizen)
        .join(CaseMember, CaseMember.citizen_id == Citizen.id)
        .order_by(Citizen.number)
        .limit(20)
    )
    for citizen in people:
        slots = search.free_slots(
            office.session,
            type=kind,
            channel=Channel.OFFICE,
            citizen=citizen,
            first=office.now + timedelta(days=2),
            last=office.now + timedelta(days=21),
            asker=by,
            now=office.now,
            seats=_SEATS,
        )
        if slots:
            service.book(
                office.session,
                citizen=citizen,
                type=kind,
                channel=Channel.OFFICE,
                slot=slots[0],
                seats=_SEATS,
                note="Miete und der neue Kurs, zusammen mit allen.",
                arranged=Arranged.PHONE,
                by=by,
                now=office.now,
            )
            return
