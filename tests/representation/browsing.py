"""Browsers of several people at once, and what they press."""

import re
from collections.abc import Callable

from werkzeug.test import TestResponse

from portal.accounts.models import Citizen, Representation
from tests.client import PortalClient

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
Browser = Callable[[Citizen | None], PortalClient]


def switch(client: PortalClient, found: Representation | None) -> TestResponse:
    return client.post_form(
        "/vertretung/wechseln", {"representation": str(found.id) if found else ""}
    )


def token_on(page: str) -> str:
    found = TOKEN.search(page)
    assert found
    return found[1]
