"""Two thumbs on one code: real threads, real commits, exactly one helper."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.keys import PortalSession
from portal.accounts.models import Citizen, Power, Representation, RepresentationKind
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Expired
from portal.representation import service
from portal.representation.rules import Period
from tests.client import cookie_secret
from tests.factories import accounts

pytestmark = pytest.mark.slow


def test_two_take_one_code_and_one_gets_it(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        _, code = service.invite(
            db.session,
            principal=accounts.citizen(db.session),
            kind=RepresentationKind.HELPER,
            powers=[Power.SEE],
            period=Period.DAY,
            now=clock.now(),
        )
        people = [accounts.citizen(db.session) for _ in range(8)]
        ids = [person.id for person in people]
        db.session.commit()
        for person in people:
            cookie_secret(person)

    def take(id: object) -> str:
        with committed_app.app_context(), committed_app.test_request_context():
            by = db.session.get_one(Citizen, id)
            opened = db.session.scalars(
                select(PortalSession).where(PortalSession.citizen_id == id)
            ).one()
            try:
                service.accept(db.session, code=code, by=by, opened=opened, now=clock.now())
                db.session.commit()
            except Expired:
                db.session.rollback()
                return "too late"
            return "taken"

    with ThreadPoolExecutor(max_workers=len(ids)) as pool:
        outcome = sorted(pool.map(take, ids))
    assert outcome == ["taken", *["too late"] * 7]
    with committed_app.test_request_context():
        assert len(db.session.scalars(select(Representation)).all()) == 1
