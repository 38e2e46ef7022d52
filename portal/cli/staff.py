"""`portal staff`: accounts from the terminal, before anybody can sign in and for the lost key."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from flask import url_for

from portal.accounts import queries as accounts
from portal.accounts.models import Role, StaffMember
from portal.accounts.service import inviting
from portal.administration import queries, shown
from portal.administration.forms import STATE_NAMES
from portal.administration.queries import Filters
from portal.audit.models import SYSTEM
from portal.cli.database import Refused, application
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import InvalidInput, PortalError

ROLES = "mehrmals möglich: " + ", ".join(role.value for role in Role)


def add(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal staff add`; the link of the invitation is shown once and kept nowhere."""
    with _deed(settings):
        member = inviting.add_staff(
            db.session,
            email=options.email,
            first_name=options.first_name,
            last_name=options.last_name,
            team=options.team,
            roles=[Role(role) for role in options.role],
            now=clock.now(),
        )
        address = _draw(member)
        db.session.commit()
        print(f"Zugang für {member.name} angelegt.")
        _show(address)
    return 0


def invite(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal staff invite`: a new link for who has lost every way in."""
    with _deed(settings):
        member = accounts.staff_by_email(db.session, options.email)
        if member is None:
            raise Refused(
                "Mit dieser Adresse gibt es keinen Zugang. Alle Zugänge zeigt: portal staff list"
            )
        address = _draw(member)
        db.session.commit()
        print(f"Alle bisherigen Schlüssel von {member.name} gelten nicht mehr.")
        _show(address)
    return 0


def list_all(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal staff list`: one line for each account, in columns apart by tabs."""
    with _deed(settings):
        for entry in _everybody():
            member = entry.member
            roles = shown.roles_in_words([held.role for held in member.roles])
            print(
                member.email,
                member.name,
                member.team.name,
                roles,
                STATE_NAMES[entry.state],
                sep="\t",
            )
    return 0


@contextmanager
def _deed(settings: Settings) -> Iterator[None]:
    with application(settings):
        try:
            yield
        except InvalidInput as error:
            option = (error.field or "").replace("_", "-")
            raise Refused(f"{option}: {error.message}") from error
        except PortalError as error:
            raise Refused(error.message) from error


def _everybody() -> Iterator[queries.Entry]:
    page = 1
    while found := queries.entries(db.session, filters=Filters(), page=page):
        yield from found[: queries.PAGE]
        page += 1


def _draw(member: StaffMember) -> str:
    link, secret = inviting.draw_invitation(db.session, member=member, by=SYSTEM, now=clock.now())
    return url_for("staff_accounts.invitation", id=link.id, secret=secret, _external=True)


def _show(address: str) -> None:
    print("Mit diesem Link legt die Person Passwort und zweiten Schlüssel fest (72 Stunden):")
    print(address)
