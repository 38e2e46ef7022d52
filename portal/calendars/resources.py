"""One space of numbers for all that can be taken: staff, citizens and the parts of rooms.

It is the own number of each, shifted, with its kind in the lowest bits. A room that holds three
talks at a time has three parts.
"""

from collections.abc import Iterable

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, cast

from portal.accounts.models import Citizen, StaffMember
from portal.calendars.models import Room

_STAFF, _CITIZEN, _ROOM = 1, 2, 3
_KIND_BITS, _PART_BITS = 2, 6
_KIND = (1 << _KIND_BITS) - 1


def staff_number(number: int) -> int:
    """Return the resource of the staff member with this number."""
    return number << _KIND_BITS | _STAFF


def staff_number_of(number: SQLColumnExpression[int]) -> ColumnElement[int]:
    """Return the same as an expression, for joins."""
    return cast(number, BigInteger) * (1 << _KIND_BITS) + _STAFF


def of_staff(officer: StaffMember) -> int:
    """Return the resource of a staff member."""
    return staff_number(officer.number)


def of_citizen(citizen: Citizen) -> int:
    """Return the resource of a citizen."""
    return citizen.number << _KIND_BITS | _CITIZEN


def citizen_number_of(number: SQLColumnExpression[int]) -> ColumnElement[int]:
    """Return the resource of the citizen with this number as an expression, for joins."""
    return cast(number, BigInteger) * (1 << _KIND_BITS) + _CITIZEN


def parts_of(room: Room) -> list[int]:
    """Return the resources of a room, one for each talk it holds at a time."""
    first = room.number << _PART_BITS
    return [(first + part) << _KIND_BITS | _ROOM for part in range(room.talks)]


def is_staff(resource: int) -> bool:
    """Tell whether it is a staff member."""
    return resource & _KIND == _STAFF


def staff_among(resources: Iterable[int]) -> set[int]:
    """Return the numbers of the staff members among some resources."""
    return {one >> _KIND_BITS for one in resources if is_staff(one)}


def rooms_among(resources: Iterable[int]) -> set[int]:
    """Return the numbers of the rooms whose parts are among some resources."""
    return {one >> _KIND_BITS + _PART_BITS for one in resources if one & _KIND == _ROOM}


def all_parts_of(room: Room) -> list[int]:
    """Return the resources that the room has or may once have had, before it was made smaller."""
    first = room.number << _PART_BITS
    return [(first + part) << _KIND_BITS | _ROOM for part in range(1 << _PART_BITS)]


def has_weeks(resource: int) -> bool:
    """Tell whether it is somebody or something of the office, whose free time is looked for."""
    return resource & _KIND != _CITIZEN
