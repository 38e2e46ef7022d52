"""`portal staff`: the first account of an office, a new link, the list."""

import re

import pytest
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


def test_who_has_lost_every_key_gets_a_new_link_and_the_old_ones_die(
    portal: Portal, committed_app: Flask
):
    first = re.search(r"https?://[^/]+(/amt/einladung/\S+)", _add(portal).out)
    with committed_app.app_context():
        member = db.session.scalars(select(StaffMember).order_by(StaffMember.number)).one()
        member.password_hash = "!"
        db.session.commit()

    answer = portal("staff", "invite", "Anna.Probe@jobcenter.example")

    assert answer.code == 0
    second = re.search(r"https?://[^/]+(/amt/einladung/\S+)", answer.out)
    assert first
    assert second
    browser = committed_app.test_client()
    assert browser.get(first[1]).status_code == 410
    assert browser.get(second[1]).status_code == 200
    with committed_app.app_context():
        member = db.session.scalars(select(StaffMember).order_by(StaffMember.number)).one()
        assert member.password_hash is None


def test_nobody_is_invited_who_has_no_account(portal: Portal):
    answer = portal("staff", "invite", "niemand@jobcenter.example")
    assert answer.code == 2
    assert "portal staff list" in answer.err


def test_the_list_shows_one_line_for_each_account(portal: Portal):
    _add(portal)
    answer = portal("staff", "list")
    assert answer.code == 0
    (line,) = answer.out.splitlines()
    assert line.split("\t") == [
        "anna.probe@jobcenter.example",
        "Anna Probe",
        "Leitung",
        "Teamleitung, Verwaltung des Portals",
        "eingeladen",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--first-name", "x" * 10_000), "first-name: Höchstens 80 Zeichen."),
        (("--last-name", "Pro\nbe"), "ein Zeichen, das man nicht sieht"),
        (("--team", " "), "Füllen Sie dieses Feld aus."),
    ],
)
def test_what_cannot_be_taken_is_said(portal: Portal, options: tuple[str, str], said: str):
    answer = portal("staff", "add", *ANNA, "--team", "Leitung", "--role", "mailroom", *options)
    assert answer.code == 2
    assert said in answer.err


def test_an_address_with_a_line_break_is_refused(portal: Portal):
    address = "anna@jobcenter.example\r\nBcc: alle@example.org"
    answer = portal("staff", "add", address, *ANNA[1:], "--team", "L", "--role", "mailroom")
    assert answer.code == 2
    assert "Geben Sie eine E-Mail-Adresse ein" in answer.err
