"""The shelf of forms: reads the catalogue and puts forms and their parts together.

What comes with the portal stands in files; a definition that somebody has begun to fill in is kept
in the database too (`versions.py`), so that a draft can be read and moved when the file is newer.
"""

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import yaml

from portal.applications.conditions import Condition, both, questions_in
from portal.applications.definitions import (
    Annex,
    Form,
    Included,
    Page,
    Requirement,
    Section,
    Shared,
    Written,
)
from portal.applications.questions import GroupQuestion

CATALOGUE = Path(__file__).parent / "catalogue"


def read(text: str, parts: Mapping[str, Shared] | None = None) -> Form:
    """Read one form and take in its parts.

    Raise `pydantic.ValidationError` where something has the wrong shape, `KeyError` with the name
    of a part that does not exist.
    """
    return compose(Written.model_validate(_load(text)), parts or {})


def read_part(text: str) -> Shared:
    """Read one part; raise `pydantic.ValidationError` where it has the wrong shape."""
    return Shared.model_validate(_load(text))


def _load(text: str) -> object:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def compose(written: Written, parts: Mapping[str, Shared]) -> Form:
    """Put a written form and the parts that it takes in together to one form."""
    sections: list[Section] = []
    requirements, urgencies, notices = (
        [*written.requirements], [*written.urgencies], [*written.notices]
    )  # fmt: skip
    annexes: list[Annex] = []
    for place in written.sections:
        if isinstance(place, Section):
            sections.append(place)
            continue
        part = _left(parts[place.include], place.without)
        placed = [_placed(section, place) for section in part.sections]
        sections += _as_cards(placed, part) if place.card else placed
        requirements += [_required(one, place, part) for one in part.requirements]
        urgencies += part.urgencies
        notices += part.notices
        if part.code:
            annexes.append(
                Annex(
                    id=part.part,
                    code=part.code,
                    title=part.title,
                    legal_basis=part.legal_basis,
                    official=part.official,
                )
            )
    known = {name: getattr(written, name) for name in Form.model_fields}
    return Form.model_validate(
        known
        | {
            "sections": tuple(sections),
            "requirements": tuple(requirements),
            "urgencies": tuple(urgencies),
            "notices": tuple(notices),
            "annexes": tuple(annexes),
        }
    )


def _placed(section: Section, place: Included) -> Section:
    """Return a section of a part as it stands in the form that takes it in."""
    return section.model_copy(
        update={
            "part": place.include,
            "when": both(place.when, section.when),
            "per": section.per or place.per,
            "applicant": section.applicant or place.applicant,
            "card": section.card or place.card,
            "fresh": section.fresh or place.fresh,
        }
    )


def _left(part: Shared, without: Sequence[str]) -> Shared:
    """Return a part without these sections and papers; raise `KeyError` where there is no such."""
    if not without:
        return part
    known = {section.id for section in part.sections} | {one.key for one in part.requirements}
    for id in without:
        if id not in known:
            raise KeyError(id)
    gone = {id for one in part.sections if one.id in without for id in _questions_of(one)}

    def stays(condition: Condition | None) -> bool:
        return condition is None or gone.isdisjoint(questions_in(condition))

    papers = (one for one in part.requirements if one.key not in without and one.per not in gone)
    return part.model_copy(
        update={
            "sections": tuple(one for one in part.sections if one.id not in without),
            "requirements": tuple(one for one in papers if stays(one.when)),
            "urgencies": tuple(one for one in part.urgencies if stays(one.when)),
            "notices": tuple(one for one in part.notices if stays(one.when)),
        }
    )


def _questions_of(section: Section) -> Iterator[str]:
    for page in section.pages:
        for question in page.questions:
            yield question.id
            if isinstance(question, GroupQuestion):
                yield from (column.id for column in question.questions)


def _as_cards(sections: list[Section], part: Shared) -> Iterator[Section]:
    """Put sections that are repeated alike together: one card is confirmed with one tap."""
    for (per, _), run in itertools.groupby(sections, lambda one: (one.per, one.applicant)):
        alike = tuple(run)
        if len(alike) == 1:
            yield alike[0]
            continue
        yield alike[0].model_copy(
            update={
                "title": alike[0].title if per else part.title,
                "why": None,
                "when": None,
                "pages": tuple(
                    _moved(page, section) for section in alike for page in section.pages
                ),
            }
        )


def _moved(page: Page, section: Section) -> Page:
    """Return a page that says itself when and why it is asked, not its section."""
    when = both(section.when, page.when)
    return page.model_copy(update={"when": when, "why": page.why or section.why})


def _required(requirement: Requirement, place: Included, part: Shared) -> Requirement:
    """Return a paper of a part as it follows in the form that takes it in."""
    when: Condition | None = both(place.when, requirement.when)
    return requirement.model_copy(
        update={
            "when": when,
            "per": requirement.per or place.per,
            "applicant": requirement.applicant or place.applicant,
        }
    )


@functools.cache
def parts() -> dict[str, Shared]:
    """Return every part of the catalogue by its id."""
    found = [read_part(path.read_text("utf-8")) for path in _files("parts")]
    return {part.part: part for part in found}


@functools.cache
def shipped() -> dict[tuple[str, int], Form]:
    """Return every form that comes with the portal by its name and version."""
    forms = [read(path.read_text("utf-8"), parts()) for path in _files("forms")]
    return {(form.form, form.version): form for form in forms}


def _files(folder: str) -> list[Path]:
    return sorted((CATALOGUE / folder).glob("*.yaml"))


def current(form: str, day: date) -> Form | None:
    """Return the version of a form that comes with the portal and is valid on `day`."""
    valid = [one for one in shipped().values() if one.form == form and one.valid_from <= day]
    return max(valid, key=lambda one: one.version, default=None)
