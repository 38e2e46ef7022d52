"""A guardian gets a copy of what the office writes to the client; others get none."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import RepresentationKind
from portal.notifications.models import Message
from tests.factories import accounts, casefiles
from tests.factories.representation import representation


@pytest.mark.parametrize(
    ("kind", "copies"), [("guardian", 1), ("power_of_attorney", 0), ("household_member", 0)]
)
def test_only_a_guardian_gets_a_copy(session: Session, kind: str, copies: int) -> None:
    client = accounts.citizen(session, first_name="Gerda")
    guardian = accounts.citizen(session, first_name="Ruth")
    representation(
        session, principal=client, representative=guardian, kind=RepresentationKind(kind)
    )
    casefiles.evidence_request(session, owner=client)
    mails = session.scalars(select(Message).where(Message.template == "document_requested")).all()
    assert [mail.recipient_id for mail in mails] == [client.id, *[guardian.id] * copies]
    assert all("Gerda" in mail.text for mail in mails)
