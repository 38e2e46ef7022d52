"""What a search of staff asks for, read from its address, and written into addresses again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.accounts.models import StaffMember
from portal.appointments.finding_forms import (
    MOST_SEATS,
    AskedSeat,
    FindForm,
    SeatForm,
    seat_words,
)
from portal.calendars import queries as calendars
from portal.calendars import wishes
from portal.calendars.models import Format, TalkRole
from portal.calendars.wishes import Seat
from portal.casefiles.models import Case

TOGETHER = frozenset({Format.GROUP, Format.WORKSHOP, Format.EMPLOYER_EVENT})
MOST_NAMES = 100
"""In a bigger office the list names the own team and who knows the case; others by their task."""
ADD, REMOVE = "dazu", "ohne-"


@dataclass(frozen=True)
class Search:
    """A search as its address says it; with problems nothing is searched."""

    form: FindForm
    rows: Sequence[SeatForm]
    problems: Sequence[tuple[str, str]]

    @property
    def asked(self) -> list[AskedSeat]:
        """Return the seats in their order."""
        return [row.asked for row in self.rows]

    @property
    def seats(self) -> list[Seat]:
        """Return whom the search looks for."""
        return [one.seat for one in self.asked]

    def address(self, without: int | None = None, **changed: Any) -> dict[str, Any]:
        """Return what stands in the address of this search, or of one that differs."""
        form = self.form
        plain = {
            "art": form.kind.key,
            "weg": form.channel.value,
            "zeit": form.zeit.data if form.day_time else None,
            "tag": sorted(map(str, form.weekdays)),
            "ab": form.start.isoformat() if form.start else None,
        }
        seats = [one for number, one in enumerate(self.asked) if number != without]
        for number, one in enumerate(seats, 1):
            plain[f"s{number}-wer"] = one.who
            plain[f"s{number}-sprache"] = one.language
        return {name: value for name, value in {**plain, **changed}.items() if value}


def read(session: Session, args: MultiDict[str, str], *, asker: StaffMember, case: Case) -> Search:
    """Read a search from an address; buttons that add or remove a seat are obeyed."""
    kinds = [one for one in calendars.types_for(session, asker=asker) if one.format not in TOGETHER]
    form = FindForm(args).offer(kinds)
    form.ab.validate(form)
    colleagues = _colleagues(session, asker, case)
    rows = _rows(args, form, colleagues)
    problems = [
        (row.wer.id, gettext("Wählen Sie aus der Liste, wer dabei sein soll."))
        for row in rows
        if not row.validate()
    ]
    if not problems:
        problems = [*_problems(rows)]
    if form.ab.errors:
        problems.append((form.ab.id, str(form.ab.errors[0])))
    return Search(form, rows, problems)


def _rows(
    args: MultiDict[str, str], form: FindForm, colleagues: Sequence[StaffMember]
) -> list[SeatForm]:
    asked = []
    for number in range(1, MOST_SEATS + 1):
        who = args.get(f"s{number}-wer")
        if who is not None:
            asked.append({"wer": who, "sprache": args.get(f"s{number}-sprache", "")})
    deed = args.get("tu", "")
    if not asked:
        asked = [seat_words(seat) for seat in wishes.seats_of(form.kind)][:MOST_SEATS]
    if deed == ADD and len(asked) < MOST_SEATS:
        asked.append(seat_words(Seat(task=TalkRole.INTEGRATION)))
    removed = deed.removeprefix(REMOVE)
    if deed.startswith(REMOVE) and removed.isdecimal() and len(asked) > 1:
        asked = [one for number, one in enumerate(asked, 1) if str(number) != removed]
    return [
        SeatForm(
            MultiDict({f"s{number}-{name}": value for name, value in one.items()}),
            prefix=f"s{number}",
        ).offer(colleagues)
        for number, one in enumerate(asked, 1)
    ]


def _problems(rows: Sequence[SeatForm]) -> Sequence[tuple[str, str]]:
    people = set()
    for row in rows:
        seat = row.asked.seat
        if seat.person is not None and seat.person in people:
            row.wer.errors = [gettext("Diese Person sitzt schon auf einem anderen Platz.")]
        if seat.task == TalkRole.INTERPRETER and not seat.language:
            row.sprache.errors = [gettext("In welche Sprache wird gedolmetscht?")]
        people.add(seat.person)
    return [
        (field.id, str(field.errors[0]))
        for row in rows
        for field in (row.wer, row.sprache)
        if field.errors
    ]


def _colleagues(session: Session, asker: StaffMember, case: Case) -> Sequence[StaffMember]:
    found = calendars.officers_for(session, asker=asker)
    if len(found) <= MOST_NAMES:
        return found
    known = {asker.id, case.benefit_officer_id, case.integration_officer_id}
    return [one for one in found if one.team_id == asker.team_id or one.id in known]
