"""Number and code of a Sofortantrag: one to read out, one to keep to oneself.

The code follows from the key of the form and the key ring of the house. So it is kept nowhere but
as a hash, and still the same form, sent twice by a double click, is answered with the same code.
"""

import hmac
import secrets
from hashlib import sha256
from uuid import UUID

from itsdangerous import BadSignature

from portal.accounts.service.secrets import fits
from portal.casefiles import receipt_codes
from portal.core import crypto
from portal.core.db import new_id
from portal.instant import rules

_FORM = "sofortantrag form"
_CODE = "sofortantrag code"


def draw_number() -> str:
    """Draw eight digits, the last of which checks the others."""
    drawn = "".join(secrets.choice("0123456789") for _ in range(7))
    return drawn + rules.check_digit(drawn)


def new_form(whose: UUID | None) -> str:
    """Return what a new form carries: a key of its own, and for whom it was shown."""
    written: str | bytes = crypto.signer(_FORM).dumps([str(new_id()), str(whose or "")])
    return written if isinstance(written, str) else written.decode()


def read_form(token: str) -> tuple[UUID, str] | None:
    """Return key and person of a form that we have shown; None for anything else."""
    try:
        key, whose = crypto.signer(_FORM).loads(token)
        return UUID(key), str(whose)
    except (BadSignature, ValueError, TypeError):
        return None


def code_of(key: UUID, *, code_hash: str | None = None) -> str | None:
    """Return the code that belongs to a form; with `code_hash`, the one that has this hash.

    None after the key ring has been renewed: the code is then known to the applicant only.
    """
    for ring_key in crypto.keys_for(_CODE):
        code = receipt_codes.made_from(hmac.new(ring_key, key.bytes, sha256).digest())
        if code_hash is None or fits(code_hash, code):
            return code
    return None
