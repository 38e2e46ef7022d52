"""`portal doctor` and `portal verify`: is everything there, is what was kept still whole."""

import argparse

from portal.cli.database import Refused
from portal.core.config import Settings


def doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal doctor`."""
    raise Refused("Noch nicht verfügbar.")


def verify(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal verify`."""
    raise Refused("Noch nicht verfügbar.")
