"""Two devices on one draft: what may be written, and where somebody has to choose.

Stateless and per field: a page carries a mark of each value that it was shown with. Who changed
nothing changes nothing; who changed what nobody else has touched writes; where both have changed
the same field differently, neither is overwritten and the page asks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from portal.applications.models import Source
from portal.applications.places import Kept, Place, Value

NOTHING = ""
_SIGNS = 16


def mark(value: Value | None) -> str:
    """Return a short mark of a value: the beginning of the SHA-256 over its canonical JSON."""
    if value is None:
        return NOTHING
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()[:_SIGNS]


def read_marks(typed: str) -> dict[str, str]:
    """Return the marks that a page sends back, by question; a forged map is none."""
    try:
        found = json.loads(typed)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(id): one for id, one in found.items() if isinstance(one, str)}


@dataclass(frozen=True)
class Merged:
    """What is to be written (None: emptied), and where two people have answered differently."""

    write: dict[Place, Kept | None] = field(default_factory=dict)
    conflicts: dict[Place, Value | None] = field(default_factory=dict)


def merge(
    typed: Mapping[Place, Value | None],
    shown: Mapping[Place, str],
    stored: Mapping[Place, Kept],
    *,
    by: str | None,
    source: Source = Source.TYPED,
) -> Merged:
    """Decide place by place; without a mark a place counts as shown the way it is stored now.

    An answer from elsewhere that is said again keeps its source and is confirmed. `by` names who
    types if it is not the citizen, or who has proposed what is accepted: that is confirmed at once.
    """
    merged = Merged()
    for place, value in typed.items():
        kept = stored.get(place)
        now, new = mark(kept.value if kept else None), mark(value)
        was = shown.get(place, now)
        if new == now:
            if kept is not None and not kept.is_own:
                merged.write[place] = replace(kept, is_confirmed=True)
        elif was == now:
            is_confirmed = source is not Source.TYPED
            new_one = None if value is None else Kept(value, source, by, is_confirmed)
            merged.write[place] = new_one
        elif new != was:
            merged.conflicts[place] = value
    return merged
