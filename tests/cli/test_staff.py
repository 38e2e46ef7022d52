"""`portal staff add`: the first account of an office."""

import re

from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Role, StaffMember
from portal.core.db import db
from tests.cli.conftest import Answer, Portal

ANNA = ("anna.probe@jobcenter.example", "--first-name", "Anna", "--last-name", "Probe")


def _add(portal: Portal, role: str = "administrator") -> Answer:
    return portal("staff", "add", *ANNA, "--team", "Leitung", "--role", role, "--role", "team_lead")


def test_the_printed_invitation_opens_and_sets_the_password(portal: Portal, committed_app: Flask):
    answer = _add(portal)

    assert answer.code == 0
    shown = re.search(r"https?://[^/]+(/amt/einladung/\S+)", answer.out)
    assert shown
    assert committed_app.test_client().get(shown[1]).status_code == 200
    with committed_app.app_context():
        member = db.session.scalars(select(StaffMember).order_by(StaffMember.number)).one()
        assert member.password_hash is None
        assert {held.role for held in member.roles} == {Role.ADMINISTRATOR, Role.TEAM_LEAD}
        assert member.team.name == "Leitung"


def test_an_address_has_one_account(portal: Portal):
    _add(portal)

    answer = _add(portal)

    assert answer.code == 2
    assert answer.err.strip() == "Diese Adresse hat schon ein Konto."
