"""Anchors: files outside the database that name the last row of each chain at some time.

Whoever owns the database can cut a chain off or write it anew without leaving a gap; what an
anchor has named once, they cannot. Each file names the SHA-256 of the one before and is signed with
Ed25519 (RFC 8032). The key comes from the secret of the portal, so nothing more has to be kept;
its public half stands in the file, so whoever gets copies of the files (a data protection officer,
an archive) can check them and cannot make them. After a rotation the first anchor vouches for what
the retired keys have signed before it, and for nothing later.

A file is JSON Lines: what it is, one line a chain that moved, the signature of all lines before.
Numbers have no gaps: a file that is gone is missed, and the trail knows the newest ones as well.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.audit.rules import GENESIS
from portal.core import clock, durable

_NAME = re.compile(r"(\d{6})-\d{4}-\d\d-\d\d\.jsonl")
_PURPOSE = b"portal audit anchors, Ed25519 seed, version 1"


@dataclass(frozen=True)
class Head:
    """The last row of a chain at some time."""

    chain: str
    event_id: int
    at: datetime
    hash: str


class Flaw(StrEnum):
    """What is wrong with an anchor."""

    MISSING = "missing"
    ALTERED = "altered"
    FOREIGN = "foreign"
    """It is whole, and signed with a key that is not ours."""


@dataclass(frozen=True)
class Fault:
    """An anchor that proves nothing; `key` is the public key that it names, if it names one."""

    number: int
    flaw: Flaw
    key: str = ""


@dataclass(frozen=True)
class Anchor:
    """One file as it lies there; whether it is to be believed, `inspect` says."""

    number: int
    at: datetime
    previous: str
    key: str
    accepts: tuple[str, ...]
    sha256: str
    is_signed: bool
    heads: Sequence[Head]


@dataclass(frozen=True)
class Inspection:
    """The anchors of a folder: what is wrong, and the files that prove something, oldest first."""

    faults: Sequence[Fault]
    sound: Sequence[Path]

    def anchors(self) -> Iterator[Anchor]:
        """Read the sound files one at a time."""
        return (_read(path) for path in self.sound)

    def heads(self) -> Iterator[Head]:
        """Return what the sound files name."""
        return (head for anchor in self.anchors() for head in anchor.heads)


def keys_from(secrets: Iterable[str]) -> list[Ed25519PrivateKey]:
    """Derive the keys from the ring of the portal (HKDF, RFC 5869): the first signs."""
    return [_key_from(secret) for secret in secrets]


def _key_from(secret: str) -> Ed25519PrivateKey:
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key(key: Ed25519PrivateKey) -> str:
    """Return the public half as it stands in the files, in hex."""
    return key.public_key().public_bytes_raw().hex()


def latest(folder: Path) -> Anchor | None:
    """Return the newest anchor, if there is one that can be read."""
    files = _files(folder)
    return _read_or_none(files[max(files)]) if files else None


def write(
    folder: Path,
    *,
    heads: Iterable[Head],
    keys: Sequence[Ed25519PrivateKey],
    now: datetime,
) -> Anchor:
    """Write the next anchor durably; the caller sees to it that nobody else does so meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    files = _files(folder)
    number = max(files, default=0) + 1
    previous = hashlib.sha256(files[number - 1].read_bytes()).hexdigest() if files else GENESIS
    lines = [
        {
            "anchor": number,
            "at": now.isoformat(),
            "previous": previous,
            "key": public_key(keys[0]),
            "accepts": [public_key(key) for key in keys[1:]],
        },
        *(
            {
                "chain": head.chain,
                "event": head.event_id,
                "at": head.at.isoformat(),
                "hash": head.hash,
            }
            for head in heads
        ),
    ]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    signature = json.dumps({"signature": keys[0].sign(body).hex()}) + "\n"
    path = folder / f"{number:06}-{clock.local_date(now)}.jsonl"
    durable.write(path, body + signature.encode())
    return _read(path)


def inspect(folder: Path, *, keys: Sequence[Ed25519PrivateKey]) -> Inspection:
    """Check every anchor from the newest to the oldest: number, signature, hash, key."""
    files = _files(folder)
    trusted, named = {public_key(key) for key in keys}, ""
    faults: list[Fault] = []
    sound: list[Path] = []
    for number in range(max(files, default=0), 0, -1):
        anchor = _read_or_none(files[number]) if number in files else None
        flaw = _flaw_of(number, anchor, named, trusted) if number in files else Flaw.MISSING
        named = ""
        if flaw is not None:
            faults.append(Fault(number, flaw, anchor.key if anchor else ""))
        elif anchor:
            sound.append(files[number])
            named = anchor.previous
            trusted |= set(anchor.accepts)
    return Inspection(faults[::-1], sound[::-1])


def _flaw_of(number: int, anchor: Anchor | None, named: str, trusted: set[str]) -> Flaw | None:
    """Judge one file; `named` is the SHA-256 that the one after it expects, if that is sound."""
    if anchor is None or anchor.number != number or not anchor.is_signed:
        return Flaw.ALTERED
    if named not in {"", anchor.sha256}:
        return Flaw.ALTERED
    return None if anchor.key in trusted else Flaw.FOREIGN


def _files(folder: Path) -> dict[int, Path]:
    if not folder.is_dir():
        return {}
    names = ((_NAME.fullmatch(path.name), path) for path in sorted(folder.iterdir()))
    return {int(name[1]): path for name, path in names if name}


def _read_or_none(path: Path) -> Anchor | None:
    try:
        return _read(path)
    except (ValueError, KeyError, TypeError, OSError):
        return None


def _read(path: Path) -> Anchor:
    content = path.read_bytes()
    first, *heads, last = content.splitlines(keepends=True)
    opening = json.loads(first)
    return Anchor(
        number=opening["anchor"],
        at=datetime.fromisoformat(opening["at"]),
        previous=opening["previous"],
        key=opening["key"],
        accepts=tuple(opening["accepts"]),
        sha256=hashlib.sha256(content).hexdigest(),
        is_signed=_is_signed(
            content.removesuffix(last), json.loads(last)["signature"], opening["key"]
        ),
        heads=[_head(json.loads(line)) for line in heads],
    )


def _head(line: dict[str, str]) -> Head:
    at = datetime.fromisoformat(line["at"])
    return Head(line["chain"], int(line["event"]), at, line["hash"])


def _is_signed(body: bytes, signature: str, key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(signature), body
        )
    except InvalidSignature:
        return False
    return True
