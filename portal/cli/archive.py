"""`portal backup` and `portal restore`: database and files, with a manifest that proves them."""

import argparse

from portal.cli.database import Refused
from portal.core.config import Settings


def backup(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal backup`."""
    raise Refused("Noch nicht verfügbar.")


def restore(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal restore`."""
    raise Refused("Noch nicht verfügbar.")
