"""Reading the answers of an application as they were kept when it was sent (`Sheet.sent`)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.applications.definitions import Form
from portal.applications.models import Source
from portal.applications.places import Kept, Place
from portal.applications.questions import GroupQuestion


def read(
    form: Form, sent: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]
) -> dict[Place, Kept]:
    """Return every answer by place; `sources` says by `Place.name` what was not typed.

    Who has sent it has confirmed all of it.
    """
    answers: dict[Place, Kept] = dict(_read(form, sent, None))
    for per, people in sent.items():
        if per.startswith("@"):
            for owner, own in people.items():
                answers |= _read(form, own, UUID(owner))
    for name, told in sources.items():
        place = Place.named(name)
        if place in answers:
            value, source = answers[place].value, Source(told["source"])
            answers[place] = Kept(value, source, told["by"], is_confirmed=True)
    return answers


def _read(form: Form, sent: Mapping[str, Any], owner: UUID | None) -> dict[Place, Kept]:
    """Return the answers of one person, or those that do not repeat, by place."""
    answers: dict[Place, Kept] = {}
    for question, value in sent.items():
        if question.startswith("@"):
            continue
        if isinstance(form.questions.get(question), GroupQuestion):
            for row in value:
                own = {key: kept for key, kept in row.items() if key != "row"}
                id = UUID(row["row"])
                answers |= {Place(key, id, owner): Kept(kept) for key, kept in own.items()}
        else:
            answers[Place(question, None, owner)] = Kept(value)
    return answers
