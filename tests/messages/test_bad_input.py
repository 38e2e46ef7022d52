"""Whatever is sent to the pages of messages: no crash, nothing forged, nothing shown unescaped."""

import uuid
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import messages as make
from tests.house.test_bad_input import BAD, judge

CITIZEN: dict[str, dict[str, str]] = {
    "/nachrichten/neu": {"topic": "money", "subject": "Miete", "text": "Hallo", "key": ""},
    "/nachrichten/{thread}": {"text": "Hallo", "key": "", "upload": "", "together": "y"},
}
STAFF: dict[str, dict[str, str]] = {
    "/amt/nachrichten/{thread}": {"text": "Hallo", "key": "", "block": "", "reply_by": ""},
    "/amt/nachrichten/{thread}/vermerk": {"remark": "Hallo"},
    "/amt/nachrichten/{thread}/weitergeben": {"colleague": "", "note": ""},
    "/amt/nachrichten/{thread}/unterlage": {"kind": "payslips", "why": "", "due_on": "2026-12-11"},
    "/amt/nachrichten/akte/{case}/neu": {
        "person": "",
        "topic": "work",
        "subject": "Kurs",
        "text": "Hallo",
        "insert": "",
        "block": "",
    },
    "/amt/nachrichten/bausteine/neu": {"name": "Gruß", "text": "Hallo", "for_team": ""},
    "/amt/nachrichten/bausteine/{block}": {"name": "Gruß", "text": "Hallo"},
}


@pytest.mark.parametrize("side", ["citizen", "staff"])
def test_every_form_survives_every_value(
    client: PortalClient, session: Session, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    oksana, jana = accounts.citizen(session), make.officer(session)
    case = make.case_with(session, oksana, jana)
    thread, block = make.thread(session, oksana), make.block(session, jana)
    ids: dict[str, uuid.UUID] = {"thread": thread.id, "case": case.id, "block": block.id}
    session.commit()
    client.sign_in(oksana if side == "citizen" else jana)
    monkeypatch.setitem(client.application.config, "PROPAGATE_EXCEPTIONS", False)
    wrong: list[str] = []
    for path, fields in (CITIZEN if side == "citizen" else STAFF).items():
        for name, value in BAD.items():
            for changed in ([one] for one in fields):
                sent: dict[str, Any] = {**fields, **dict.fromkeys(changed, value)}
                answer = client.post_form(path.format(**ids), sent)
                wrong += judge(answer, f"{path} {changed} {name}")
    assert wrong == []
