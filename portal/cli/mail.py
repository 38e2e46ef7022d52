"""`portal mail-in`: how a mail server hands over what comes back."""

import argparse
import os
import sys

from sqlalchemy.exc import OperationalError

from portal.cli.database import application
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db
from portal.notifications import bouncing
from portal.notifications.returned import LARGEST


def take_in(settings: Settings, options: argparse.Namespace) -> int:
    """Read one mail from standard input; the mail server keeps it while the database is away."""
    raw = sys.stdin.buffer.read(LARGEST)
    while sys.stdin.buffer.read(LARGEST):
        pass  # a server whose pipe breaks would send the mail again
    try:
        with application(settings):
            bouncing.take(db.session, raw=raw, recipients=options.recipient, now=clock.now())
            db.session.commit()
    except OperationalError as error:
        print("Die Datenbank antwortet nicht.", str(error.orig).strip(), sep="\n", file=sys.stderr)
        return os.EX_TEMPFAIL
    return 0
