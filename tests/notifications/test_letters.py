"""The letters as they are read: what each says, compared with what was approved."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy.orm import Session
from syrupy.assertion import SnapshotAssertion

from portal.core import clock
from portal.core.paths import TEMPLATES
from portal.notifications import service, sms

LINK = SimpleNamespace(
    id=UUID("11111111-1111-4111-8111-111111111111"),
    change=SimpleNamespace(address="neu@example.org"),
)
CONTEXT = {
    "person": SimpleNamespace(name="Oksana Kovalenko"),
    "link": LINK,
    "secret": "geheim-" * 6 + "x",
    "device": "Firefox auf Android",
}
LETTERS = [
    "account_exists",
    "address_changed",
    "change_from",
    "change_to",
    "code_letter_impossible",
    "confirm_email",
    "identity_linked",
    "identity_unlinked",
    "new_device",
    "password_changed",
    "reset_password",
]


@pytest.mark.parametrize("template", LETTERS)
def test_letter(session: Session, snapshot: SnapshotAssertion, template: str) -> None:
    sent = service.send(
        session,
        template=template,
        address="oksana@example.org",
        recipient_id=None,
        now=clock.now(),
        context=CONTEXT,
    )
    assert f"{sent.subject}\n\n{sent.text}" == snapshot
    assert "<h1>" in sent.html
    for line in sent.text.splitlines():
        if line.startswith("http"):
            assert f'href="{line}"' in sent.html


@pytest.mark.parametrize("template", LETTERS)
def test_short_message(session: Session, snapshot: SnapshotAssertion, template: str) -> None:
    """Given a mobile number, the message fits into one SMS, and has no name and no HTML."""
    sent = service.send(
        session,
        template=template,
        address="+4915123456789",
        recipient_id=None,
        now=clock.now(),
        context=CONTEXT,
    )
    assert sent.text == snapshot
    assert sms.signs(sent.text) <= sms.MOST_SIGNS
    assert "Kovalenko" not in sent.text
    assert sent.html == ""


def test_every_letter_has_its_three_files() -> None:
    folders = [path for path in (TEMPLATES / "messages").iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert {path.name for path in folder.iterdir()} >= {"subject.txt", "body.txt", "body.html"}
