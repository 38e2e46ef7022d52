"""Who stands in for whom in the demo office, which file is closed to whom, and two emergencies."""

from datetime import timedelta

from sqlalchemy import select

from portal.accounts.models import StaffMember
from portal.casefiles import accesses, emergency_queries, readings
from portal.casefiles.models import AccessOutcome, Case
from portal.core import clock
from portal.dev.stage import Office
from portal.office import service
from portal.office.models import ConflictKind

AT_THE_DESK = "Die Person steht am Empfang. Ihr wird heute der Strom abgestellt."
ON_THE_PHONE = "Anruf vom Krankenhaus: Es braucht heute eine Auskunft zur Versicherung."


def fill(office: Office) -> None:
    """Let Murat Aydin be away, close one file to Tobias Brandt, and ask twice in an emergency."""
    tobias, murat, jana, petra, claudia = (
        _named(office, name) for name in ("Brandt", "Aydin", "Keller", "Lorenz", "Weiß")
    )
    today = clock.local_date(office.now)
    service.substitute(
        office.session,
        absent=murat,
        substitute=jana,
        first_day=today,
        last_day=today + timedelta(days=9),
        by=murat,
        now=office.now,
    )
    closed = _file_of(office, jana, 1)
    accesses.keep_out(
        office.session,
        case=closed,
        citizen=closed.members[0].citizen,
        kind=ConflictKind.RELATIVE,
        reason="Wir sind verschwägert.",
        by=tobias,
        now=office.ago(days=4),
    )
    _emergencies(office, asks=tobias, grants=claudia, waits=petra)
    for member in (jana, claudia):
        case = _file_of(office, member, 0)
        readings.note_case(office.session, case=case, by=member, now=office.ago(days=1))


def _emergencies(
    office: Office, *, asks: StaffMember, grants: StaffMember, waits: StaffMember
) -> None:
    """Let one be granted and used, and another wait for a second person."""
    needed = _file_of(office, grants, 0)
    asked = accesses.ask(
        office.session, case=needed, reason=AT_THE_DESK, by=asks, now=office.ago(minutes=50)
    )
    if asked is not None:
        accesses.decide(
            office.session,
            access=emergency_queries.access_to_decide(office.session, asked.id, asker=grants),
            outcome=AccessOutcome.GRANTED,
            by=grants,
            now=office.ago(minutes=40),
        )
        office.session.flush()  # the reading asks the database on what ground it is done
        readings.note_case(office.session, case=needed, by=asks, now=office.ago(minutes=38))
    accesses.ask(
        office.session,
        case=_file_of(office, _named(office, "Keller"), 0),
        reason=ON_THE_PHONE,
        by=waits,
        now=office.ago(minutes=12),
    )


def _named(office: Office, name: str) -> StaffMember:
    return next(one for one in office.staff if one.last_name == name)


def _file_of(office: Office, officer: StaffMember, number: int) -> Case:
    """Return one of the files of an officer, in the order in which they were opened."""
    return office.session.scalars(
        select(Case)
        .where(Case.benefit_officer_id == officer.id)
        .order_by(Case.number)
        .offset(number)
        .limit(1)
    ).one()
