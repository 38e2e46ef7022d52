"""Who may do what with a change of a form, and which words can be taken."""

import re
from collections.abc import Callable

from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.applications import editions
from portal.applications.definitions import Form
from portal.applications.editing import report
from portal.applications.editions import Slot
from portal.applications.models import EditState, FormEdit
from portal.applications.questions import REQUIRED_LANGUAGES
from portal.applications.sheet import PLACEHOLDER
from portal.core.errors import Conflict, InvalidInput, NotAllowed, PortalError

TRANSITIONS: dict[EditState, frozenset[EditState]] = {
    EditState.DRAFT: frozenset({EditState.SUBMITTED, EditState.DISCARDED}),
    EditState.SUBMITTED: frozenset({EditState.DRAFT, EditState.PUBLISHED, EditState.REJECTED}),
    EditState.PUBLISHED: frozenset({EditState.SUPERSEDED}),
    EditState.REJECTED: frozenset(),
    EditState.SUPERSEDED: frozenset(),
    EditState.DISCARDED: frozenset(),
}

MOST_CHANGES = 5000
MOST_OWN_QUESTIONS = 40
MOST_OPTIONS = 20
_STRAIGHT = re.compile(r'"')
_BRACE = re.compile(r"[{}]")


def check_transition(edit: FormEdit, to: EditState) -> None:
    """Raise `Conflict` unless a change of a form may go there from where it is."""
    if to not in TRANSITIONS[edit.state]:
        raise Conflict(
            gettext(
                "Das geht nicht mehr: Jemand hat diese Änderung inzwischen weiterbearbeitet. Laden"
                " Sie die Seite neu."
            )
        )


def check_can_edit(edit: FormEdit) -> None:
    """Raise `Conflict` unless the change is still being worked on."""
    if edit.state is not EditState.DRAFT:
        raise Conflict(
            gettext(
                "Diese Änderung ist eingereicht oder schon entschieden. Holen Sie sie zurück, oder"
                " beginnen Sie eine neue."
            )
        )


def check_same(edit: FormEdit, revision: int) -> None:
    """Raise `Conflict` when somebody has changed it since the page was opened."""
    if edit.revision != revision:
        raise Conflict(
            gettext(
                "Jemand hat diese Änderung inzwischen bearbeitet. Sehen Sie sich den neuen Stand an"
                " und entscheiden Sie dann."
            )
        )


def check_can_decide(edit: FormEdit, *, by: StaffMember) -> None:
    """Raise unless the change waits, `by` has had no hand in it and may publish."""
    check_transition(edit, EditState.PUBLISHED)
    if str(by.id) in {*edit.editors, str(edit.prepared_by_id)}:
        raise NotAllowed(
            gettext(
                "Sie haben an dieser Änderung mitgearbeitet. Freigeben oder ablehnen muss sie eine"
                " andere Person."
            )
        )
    accounts.check(by, Right.PUBLISH_FORMS)


def can_decide(edit: FormEdit, *, by: StaffMember) -> bool:
    """Tell whether `by` may publish or refuse the change."""
    return _holds(lambda: check_can_decide(edit, by=by))


def check_words(place: Slot, words: dict[str, str | None], *, shipped: Form, edited: Form) -> None:
    """Raise `InvalidInput` at the language whose words cannot be taken."""
    known = editions.slot(shipped, place.at)
    shipped_words = known.words.values() if known else ()
    longest = max(editions.LONGEST[place.name], *map(len, shipped_words), 0)
    allowed = report.allowed_placeholders(place, known, edited)
    for language, said in words.items():
        if not said:
            if language in REQUIRED_LANGUAGES:
                raise InvalidInput(
                    gettext("Deutsch und Englisch braucht jeder Text."), field=language
                )
            continue
        check_text(said, longest=longest, allowed=allowed, field=language)


def check_text(text: str, *, longest: int, allowed: frozenset[str], field: str) -> None:
    """Raise `InvalidInput` for a text that is too long or that a page cannot show as meant."""
    if len(text) > longest:
        raise InvalidInput(
            gettext("Höchstens %(count)s Zeichen. Das sind %(now)s.", count=longest, now=len(text)),
            field=field,
        )
    if _STRAIGHT.search(text):
        raise InvalidInput(
            gettext("Nehmen Sie „diese Anführungszeichen“ statt der geraden."), field=field
        )
    unknown = sorted(set(PLACEHOLDER.findall(text)) - allowed)
    if unknown or _BRACE.search(PLACEHOLDER.sub("", text)):
        raise InvalidInput(
            gettext(
                "In geschweiften Klammern steht etwas, das hier niemand ausfüllt: %(what)s."
                " Möglich ist: %(possible)s.",
                what=", ".join(f"{{{name}}}" for name in unknown) or "{ }",
                possible=", ".join(f"{{{name}}}" for name in sorted(allowed)),
            ),
            field=field,
        )


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except PortalError:
        return False
    return True
