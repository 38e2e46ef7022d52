"""Keeping passwords: argon2id, and the list of those that everybody tries first."""

from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP ASVS 5.0, appendix C: argon2id with 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# What is compared with when there is no such person, so that the answer takes as long.
_NOBODY = _hasher.hash("nobody has this password")

COMMON = frozenset(
    line
    for line in Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)


def hash_of(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Tell whether `password` is the one; takes the same time when nothing is kept."""
    try:
        return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether the parameters have been raised since `kept` was made."""
    return _hasher.check_needs_rehash(kept)
