"""`portal staff add`: the first accounts of an office, before anybody can sign in."""

import argparse

from flask import url_for

from portal.accounts.models import Role
from portal.accounts.service import inviting
from portal.audit.models import SYSTEM
from portal.cli.database import Refused, application
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import PortalError

ROLES = "mehrmals möglich: " + ", ".join(role.value for role in Role)


def add(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal staff add`; the link of the invitation is shown once and kept nowhere."""
    with application(settings):
        try:
            member = inviting.add_staff(
                db.session,
                email=options.email,
                first_name=options.first_name,
                last_name=options.last_name,
                team=options.team,
                roles=[Role(role) for role in options.role],
                now=clock.now(),
            )
            link, secret = inviting.draw_invitation(
                db.session, member=member, by=SYSTEM, now=clock.now()
            )
            address = url_for(
                "staff_accounts.invitation", id=link.id, secret=secret, _external=True
            )
            db.session.commit()
        except PortalError as error:
            raise Refused(error.message) from error
        print(f"Zugang für {member.name} angelegt.")
        print("Mit diesem Link legt die Person Passwort und zweiten Schlüssel fest (72 Stunden):")
        print(address)
    return 0
