"""What the page of a hand-in tells the browser: where to send, the limits, the words, the keys.

The browser checks by the same table as the server (`papers.limits`), so that nobody waits for a
refusal. The keys seal what the browser keeps until it has arrived (`static/js/sealed_store.js`).
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for

from portal.accounts.session import account_holder
from portal.core import crypto
from portal.core.templating import static_url
from portal.papers.limits import (
    BY_EXTENSION,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOGETHER_BYTES,
    OFFICE_EXTENSIONS,
    Fault,
)
from portal.uploads import taking

ADDRESS = "/unterlagen/hochladen"

TUS = "vendor/tus-js-client-4.3.1/tus.min.js"
READER = "vendor/pdfjs-dist-5.4.530"

SAID_BY_BROWSER = (
    Fault.EMPTY,
    Fault.OFFICE_FORMAT,
    Fault.TOO_LARGE,
    Fault.TOO_LARGE_TOGETHER,
    Fault.TOO_MANY_FILES,
    Fault.UNKNOWN_KIND,
    Fault.UNREADABLE,
)


@dataclass(frozen=True)
class Desk:
    """What `components/upload.html` needs besides the form; `keys` are those of one person."""

    address: str
    here: str
    sign_in: str
    keys: str
    script: str
    reader: dict[str, str]
    limits: dict[str, Any]
    sentences: dict[str, str]


def desk() -> Desk:
    """Return the desk of the person who is signed in, whoever they act for."""
    here = request.full_path.rstrip("?")
    return Desk(
        address=ADDRESS,
        here=here,
        sign_in=url_for("accounts.sign_in", next=here),
        keys=" ".join(crypto.keys_for_browser(str(account_holder().id))),
        script=static_url(TUS),
        reader={
            "script": static_url(f"{READER}/pdf.min.mjs"),
            "worker": static_url(f"{READER}/pdf.worker.min.mjs"),
            "decoders": static_url(f"{READER}/").partition("?")[0],
        },
        limits={
            "files": MAX_FILES,
            "bytes": MAX_FILE_BYTES,
            "together": MAX_TOGETHER_BYTES,
            "extensions": {
                extension: kind.content_type for extension, kind in BY_EXTENSION.items()
            },
            "office": sorted(OFFICE_EXTENSIONS),
        },
        sentences={fault.value: taking.sentence(fault, "{name}") for fault in SAID_BY_BROWSER},
    )


def init_app(app: Flask) -> None:
    """Templates with `components/upload.html` ask `upload_desk()`."""
    app.jinja_env.globals["upload_desk"] = desk
