"""What a supplement changes in a sent application: pure, the sent sheet itself stays as it is.

An amendment is looked at from what stood before it (`base`). In answer to a round it may touch
only the marked places, and what a changed answer newly asks; a free one may touch everything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from portal.applications.places import Place, Value
from portal.applications.questions import GroupQuestion, Question, Simple
from portal.applications.sheet import Gap, Sheet, Step


@dataclass(frozen=True)
class Change:
    """One answer before and after; the same on both sides where somebody says that it is right."""

    place: Place
    before: Value | None
    after: Value | None

    @property
    def is_confirmed(self) -> bool:
        """Tell whether nothing was changed."""
        return self.before == self.after

    def written(self) -> dict[str, Any]:
        """Return the change as it is kept."""
        place = [str(part) if part is not None else None for part in self.place]
        return {"place": place, "before": self.before, "after": self.after}


def read(changes: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Read changes as they are kept."""
    return tuple(Change(_place(one["place"]), one["before"], one["after"]) for one in changes)


def _place(parts: list[str | None]) -> Place:
    question, row, owner = parts
    return Place(str(question), UUID(row) if row else None, UUID(owner) if owner else None)


def applied(sheet: Sheet, changes: Iterable[Change]) -> Sheet:
    """Return the sheet with these changes."""
    answers = {one.place: one.after for one in changes if one.place.question in _fields(sheet)}
    return sheet.changed(answers) if answers else sheet


def _fields(sheet: Sheet) -> set[str]:
    """Return the questions that hold an answer of their own; a list only holds rows."""
    return {one.id for one in sheet.form.every_question if not isinstance(one, GroupQuestion)}


@dataclass(frozen=True)
class Amendment:
    """Changes on top of a sheet; `marks` are the places that may be changed, None means all."""

    base: Sheet
    changes: tuple[Change, ...] = ()
    marks: frozenset[Place] | None = None

    @cached_property
    def sheet(self) -> Sheet:
        """Return the sheet as it would read with the changes."""
        return applied(self.base, self.changes)

    def allows(self, place: Place) -> bool:
        """Tell whether an answer may be changed here: marked, or newly asked by a change."""
        if self.base.hides_place(place):
            return False
        if self.marks is None or place in self.marks:
            return True
        column = self.base.form.columns.get(place.question)
        if column is not None:
            of_list = Place(column[0].id, None, place.owner)
            if of_list in self.marks or self._is_new(of_list):
                return True
        return self._is_new(place)

    def _is_new(self, place: Place) -> bool:
        question = self.base.form.find(place.question)
        if question is None or self.base.is_asked(question, place.row, place.owner):
            return False
        return self.sheet.is_asked(question, place.row, place.owner)

    def questions_on(self, step: Step) -> tuple[Question, ...]:
        """Return the questions of a page that may be changed; a list stands for itself."""
        asked = self.sheet.asked_on(step)
        return tuple(one for one in asked if self.allows(Place(one.id, None, step.owner)))

    def questions_in(self, group: GroupQuestion, row: UUID, step: Step) -> tuple[Simple, ...]:
        """Return the columns of one row that may be changed."""
        asked = self.sheet.asked_in(group, row, step.owner)
        return tuple(one for one in asked if self.allows(Place(one.id, row, step.owner)))

    def opens_list(self, group: GroupQuestion, owner: UUID | None) -> bool:
        """Tell whether rows of a list may be added and removed."""
        return self.allows(Place(group.id, None, owner))

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Return what the changes newly ask and nobody has answered."""
        known = {_place_of(gap) for gap in self.base.gaps}
        return tuple(gap for gap in self.sheet.gaps if _place_of(gap) not in known)

    @cached_property
    def unanswered(self) -> tuple[Place, ...]:
        """Return the marked places that nobody has looked at."""
        touched = {self._covering(one.place) for one in self.changes}
        touched |= {one.place for one in self.changes}
        return tuple(one for one in self._in_order if one not in touched and self._is_asked(one))

    @cached_property
    def _in_order(self) -> list[Place]:
        """Return the marks in the order of the form."""
        order = {one.id: number for number, one in enumerate(self.base.form.every_question)}
        marks = self.marks or frozenset()
        return sorted(marks, key=lambda one: (order.get(one.question, 0), str(one)))

    def _is_asked(self, place: Place) -> bool:
        question = self.base.form.find(place.question)
        if question is None or self.base.hides_place(place):
            return False
        return self.sheet.is_asked(question, place.row, place.owner)

    def _covering(self, place: Place) -> Place:
        column = self.base.form.columns.get(place.question)
        return Place(column[0].id, None, place.owner) if column else place

    @cached_property
    def dropped(self) -> tuple[Change, ...]:
        """Return the answers that are not asked for any more once the changes hold."""
        touched = {one.place for one in self.changes}
        return tuple(
            Change(place, kept.value, None)
            for place, kept in self.base.kept.items()
            if place not in touched and self._falls_away(place)
        )

    def _falls_away(self, place: Place) -> bool:
        question = self.base.form.find(place.question)
        if question is None or not self.base.is_asked(question, place.row, place.owner):
            return False
        return not self.sheet.is_asked(question, place.row, place.owner)

    def with_answers(self, answers: Mapping[Place, Value | None]) -> "Amendment":
        """Return the amendment with these answers; what is as before is no change.

        A marked answer that stays as it is counts as looked at.
        """
        kept = {one.place: one for one in self.changes}
        for place, after in answers.items():
            change = Change(place, self._before(place), after)
            if change.is_confirmed and place not in (self.marks or ()):
                kept.pop(place, None)
            else:
                kept[place] = change
        return Amendment(self.base, tuple(kept.values()), self.marks)

    def _before(self, place: Place) -> Value | None:
        question = self.base.form.find(place.question)
        if question is None or not self.base.is_asked(question, place.row, place.owner):
            return None
        found = self.base.kept.get(place)
        return found.value if found else None


def _place_of(gap: Gap) -> Place:
    return Place(gap.question.id, gap.row, gap.step.owner)
