"""The log: one format, one record a line, nothing of people in it (ASVS 16.2.5, 16.4.1).

What others sent can stand in any message, so every message is made harmless when it is written:
control characters are escaped, addresses lose their query and the secret after an id, e-mail
addresses and long tokens are cut. No body is ever logged, and no record of requests is kept: the
server in front has its own, for which `cut` shows what must be taken out.
"""

import json
import logging
import re
import secrets
from datetime import UTC, datetime

from flask import Flask, Response, current_app, g, has_request_context, request

CUT = "…"

_ID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SECRET_IN_PATH = re.compile(rf"(/{_ID}/)[A-Za-z0-9_%~.-]{{20,}}")
_SECRET_CALENDAR = re.compile(r"(/kalender/(?:dav/)?)[A-Za-z0-9_%~-]{20,}")
_QUERY = re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>]+")
_TOKEN = re.compile(r"\b(?=[a-zA-Z0-9_-]*[A-Z])(?=[a-zA-Z0-9_-]*[0-9])[a-zA-Z0-9_-]{32,}")
_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_DETAIL = re.compile(r"(DETAIL:|CONTEXT:)[^\n]*")
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_KNOWN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def cut(text: str) -> str:
    """Return `text` without secrets in addresses, e-mail addresses, and values of rows."""
    text = _SECRET_IN_PATH.sub(rf"\g<1>{CUT}", text)
    text = _SECRET_CALENDAR.sub(rf"\g<1>{CUT}", text)
    text = _QUERY.sub(rf"\g<1>?{CUT}", text)
    text = _TOKEN.sub(CUT, text)
    text = _DETAIL.sub(rf"\g<1> {CUT}", text)  # PostgreSQL quotes the row it complains about
    return _MAIL.sub(f"{CUT}@{CUT}", text)


def escape(text: str) -> str:
    """Write what cannot be seen, or moves the cursor, as its code: no line can be forged."""
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def request_id() -> str:
    """Return the id under which this request is found in the log, or a dash outside of one.

    A proxy that is trusted may have given one (`X-Request-Id`).
    """
    if not has_request_context():
        return "-"
    if "request_id" not in g:
        given = request.headers.get("X-Request-Id", "")
        trusted = current_app.config["SETTINGS"].trusted_proxies and _KNOWN_ID.fullmatch(given)
        g.request_id = given if trusted else secrets.token_hex(6)
    value: str = g.request_id
    return value


class TextFormatter(logging.Formatter):
    """Write a record as one line; a trace follows, each line marked as belonging to it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        head = f"{_moment(record)} {record.levelname} {record.name} [{request_id()}]"
        lines = [f"{head} {_message(record)}", *(f"  | {part}" for part in _trace(self, record))]
        return "\n".join(lines)


class JsonFormatter(logging.Formatter):
    """Write a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": request_id(),
            "message": _message(record),
        }
        if trace := _trace(self, record):
            line["exception"] = "\n".join(trace)
        return json.dumps(line, ensure_ascii=False)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    return escape(cut(record.getMessage()))


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    if not record.exc_info:
        return []
    return [escape(part) for part in cut(formatter.formatException(record.exc_info)).split("\n")]


FORMATTERS: dict[str, type[logging.Formatter]] = {"text": TextFormatter, "json": JsonFormatter}


def configure(format: str, *, level: int) -> None:
    """Send the log of this process to standard error in this format."""
    handler = logging.StreamHandler()
    handler.setFormatter(FORMATTERS[format]())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # It describes each job with its arguments.
    logging.getLogger("procrastinate").setLevel(max(level, logging.WARNING))


def init_app(app: Flask) -> None:
    """Give each request an id; `request_id()` tells it to who asks for help."""
    app.jinja_env.globals["request_id"] = request_id

    @app.after_request
    def name_request(answer: Response) -> Response:
        answer.headers["X-Request-Id"] = request_id()
        return answer
