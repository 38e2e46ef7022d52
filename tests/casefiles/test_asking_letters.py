"""The mails about tasks as they are read: they name no paper, no matter, no law."""

from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session
from syrupy.assertion import SnapshotAssertion

from portal.casefiles import kinds
from portal.casefiles.models import DocumentKind
from portal.core import clock
from portal.notifications import service

LETTERS = ["document_requested", "task_changed", "task_overdue", "task_reminder"]


@pytest.mark.parametrize("template", LETTERS)
def test_letter(session: Session, snapshot: SnapshotAssertion, template: str) -> None:
    sent = service.send(
        session,
        template=template,
        address="oksana@example.org",
        recipient_id=None,
        now=clock.now(),
        context={
            "owner": SimpleNamespace(name="Oksana Kovalenko"),
            "path": "/unterlagen/aufgaben/11111111-1111-4111-8111-111111111111",
            "now": clock.now(),
        },
    )
    assert f"{sent.subject}\n\n{sent.text}" == snapshot
    for kind in DocumentKind:
        assert str(kinds.NAMES[kind]) not in sent.text
    for line in sent.text.splitlines():
        if line.startswith("http"):
            assert f'href="{line}"' in sent.html
