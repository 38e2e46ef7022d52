"""`portal staff add`: the first accounts of an office, before anybody can sign in."""

import argparse

from portal.accounts.models import Role
from portal.cli.database import Refused
from portal.core.config import Settings

ROLES = "mehrmals möglich: " + ", ".join(role.value for role in Role)


def add(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal staff add`."""
    raise Refused("Noch nicht verfügbar.")
