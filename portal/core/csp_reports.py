"""What browsers report about content that our policy has blocked: one harmless line each (CSP 3).

Anybody can send here whatever they like, so little is read, less is believed, and a flood is cut
off by each process for itself: nothing of it reaches the database.
"""

import json
import logging
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from portal.core.access import anyone
from portal.core.browser import REPORTS, csrf
from portal.core.errors import TooLarge, TooMany
from portal.core.logs import cut

log = logging.getLogger(__name__)

BODY_LIMIT = 16 * 1024
IN_A_MINUTE = 30
AT_ONCE = 5
"""Of one delivery, how many reports become lines: a browser collects them for a while."""

_WORD = re.compile(r"[a-z-]{1,40}")
_KEYWORDS = {"inline", "eval", "data", "blob", "self", "wasm-eval"}

blueprint = Blueprint("csp_reports", __name__)
csrf.exempt(blueprint)  # the browser itself sends, without a form

_taken: deque[float] = deque(maxlen=IN_A_MINUTE)
_counting = threading.Lock()


@blueprint.post(REPORTS)
@anyone
def receive() -> ResponseReturnValue:
    """Log what was blocked where; the answer is empty, whatever was sent."""
    _take_turn(time.monotonic())
    for report in list(_reports(_body()))[:AT_ONCE]:
        log.warning("content was blocked: %s", line(report))
    return "", 204


def line(report: dict[str, Any]) -> str:
    """Write a report as rule, host of what was blocked, and path of the page; nothing else."""
    rule = _first(report, "effectiveDirective", "effective-directive", "violated-directive")
    blocked = _first(report, "blockedURL", "blocked-uri")
    page = _first(report, "documentURL", "document-uri")
    found = _WORD.match(rule)
    return f"{found[0] if found else '?'} {_host(blocked)} on {_path(page)}"


def _take_turn(now: float) -> None:
    with _counting:
        if len(_taken) == IN_A_MINUTE and now - _taken[0] < 60:
            left = int(60 - (now - _taken[0])) + 1
            raise TooMany("Zu viele Berichte.", retry_after=left)
        _taken.append(now)


def _body() -> bytes:
    request.max_content_length = BODY_LIMIT
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        raise TooLarge("Der Bericht ist zu groß.") from error


def _reports(body: bytes) -> Iterator[dict[str, Any]]:
    """Read both shapes: one report of `report-uri`, or a list of the Reporting API."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return
    for one in sent if isinstance(sent, list) else [sent]:
        inner = one.get("csp-report") or one.get("body") if isinstance(one, dict) else None
        if isinstance(inner, dict):
            yield inner


def _first(report: dict[str, Any], *names: str) -> str:
    return next((found for name in names if isinstance(found := report.get(name), str)), "")


def _host(url: str) -> str:
    if url in _KEYWORDS:
        return url
    try:
        return (urlsplit(url).hostname or "?")[:100]
    except ValueError:
        return "?"


def _path(url: str) -> str:
    try:
        return cut(urlsplit(url).path or "?")[:100]
    except ValueError:
        return "?"
