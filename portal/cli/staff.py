"""`portal staff add`: the first accounts of an office, before anybody can sign in."""

import argparse
import secrets

from portal.accounts import service
from portal.accounts.models import Role
from portal.cli.database import Refused, application
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import PortalError

ROLES = "mehrmals möglich: " + ", ".join(role.value for role in Role)


def add(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal staff add`; the password is shown once and kept nowhere."""
    password = "-".join(secrets.token_hex(3) for _ in range(4))
    with application(settings):
        try:
            member = service.add_staff(
                db.session,
                email=options.email,
                password=password,
                first_name=options.first_name,
                last_name=options.last_name,
                team=options.team,
                roles=[Role(role) for role in options.role],
                now=clock.now(),
            )
            db.session.commit()
        except PortalError as error:
            raise Refused(error.message) from error
        print(f"Zugang für {member.name} angelegt.")
        print(f"Anmelden: {settings.base_url}/amt")
        print(f"E-Mail:   {member.email}")
        print(f"Passwort: {password}  (wird nur jetzt angezeigt)")
    return 0
