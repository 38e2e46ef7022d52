"""What pages ask on which files are handed in: what a form names, and what waits in a basket."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from portal.accounts.session import account_holder, signed_in_citizen
from portal.core import clock
from portal.core.db import db
from portal.uploads import queries, service, shown, taking
from portal.uploads.models import Upload


def picked(
    ids: Sequence[UUID], files: Sequence[taking.FormFile], *, together: bool
) -> list[list[Upload]]:
    """Return what a form names as the documents to be made; see `service.picked`."""
    return service.picked(
        db.session,
        owner=signed_in_citizen(),
        sender=account_holder(),
        ids=ids,
        files=files,
        together=together,
        now=clock.now(),
    )


def waiting(basket: str) -> list[dict[str, Any]]:
    """Return what this person has sent into a basket and not handed in, as the list shows it."""
    found = queries.waiting(
        db.session,
        owner=signed_in_citizen(),
        sender=account_holder(),
        now=clock.now(),
        basket=basket,
    )
    return [shown.row(upload) for upload in found]
