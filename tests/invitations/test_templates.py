"""What the three kinds of letters may and must never say, read over all templates."""

import re

import pytest

from portal.appointments.law import SUMMONS_LEAD
from portal.core import paths
from portal.invitations import law, letters

CONSEQUENCES = re.compile(
    r"rechtsfolge|sanktion|minder|kürz|verpflicht|müssen sie kommen|wichtiger grund|widerspruch"
    r"|§ ?(31|32|39|59|309)|7b|meldeaufforderung|nachteil|anhör",
    re.IGNORECASE,
)
VOLUNTARY = sorted(
    [
        *paths.TEMPLATES.glob("letters/invitation_*.html"),
        *paths.TEMPLATES.glob("messages/invited/*"),
        *paths.TEMPLATES.glob("messages/invitation_reminder/*"),
        *paths.TEMPLATES.glob("messages/invitation_time_changed/*"),
        paths.TEMPLATES / "invitations" / "invitation.html",
    ]
)


def shown(text: str) -> str:
    """Leave out what only the house reads: comments."""
    return re.sub(r"{#.*?#}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", VOLUNTARY, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_voluntary_speaks_of_consequences(path) -> None:
    assert CONSEQUENCES.search(shown(path.read_text("utf-8"))) is None


def test_all_voluntary_templates_are_read() -> None:
    assert len(VOLUNTARY) >= 8


def test_every_kind_has_a_template_of_its_own() -> None:
    kinds = {letters.INVITATION, letters.SUMMONS, letters.HEARING}
    assert len(kinds) == 3
    for path in (one for kind in kinds for one in paths.TEMPLATES.glob(f"letters/{kind}_*.html")):
        text = path.read_text("utf-8")
        assert "extends" not in text
        assert "include" not in text


def test_only_a_summons_tells_of_objections_and_consequences() -> None:
    for kind, tells in ((letters.SUMMONS, True), (letters.HEARING, False)):
        for path in paths.TEMPLATES.glob(f"letters/{kind}_*.html"):
            text = shown(path.read_text("utf-8"))
            assert ("§ 84 SGG" in text) == tells
            assert ("consequences" in text) == tells


def test_periods_and_notices_are_dated_and_sourced() -> None:
    for rules in (SUMMONS_LEAD, law.HEARING_PERIOD, law.HEARING_EXTENSION, law.CONSEQUENCES):
        assert [one.valid_from for one in rules] == sorted({one.valid_from for one in rules})
        assert all(one.source for one in rules)
