"""The letters as they are read: what each says, compared with what was approved."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy.orm import Session
from syrupy.assertion import SnapshotAssertion

from portal.core import clock
from portal.core.paths import TEMPLATES
from portal.notifications import service

LINK = SimpleNamespace(id=UUID("11111111-1111-4111-8111-111111111111"))
CONTEXT = {
    "person": SimpleNamespace(name="Oksana Kovalenko"),
    "link": LINK,
    "secret": "geheim-" * 6 + "x",
}


@pytest.mark.parametrize(
    "template", ["confirm_email", "account_exists", "reset_password", "password_changed"]
)
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
    assert sent.subject in sent.html
    for line in sent.text.splitlines():
        if line.startswith("http"):
            assert f'href="{line}"' in sent.html


def test_every_letter_has_its_three_files() -> None:
    folders = [path for path in (TEMPLATES / "messages").iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert {path.name for path in folder.iterdir()} >= {"subject.txt", "body.txt", "body.html"}
