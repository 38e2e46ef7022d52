"""A device with passkeys, made of code: answers as WebAuthn level 3 lays them down, or lies.

Every method takes what can be forged: the challenge, the page, the counter, whether the user was
verified. A real one in Chromium is driven by tests/e2e/test_passkey.py.
"""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

ORIGIN, HOST = "http://localhost", "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40

Answer = dict[str, Any]


@dataclass
class Authenticator:
    """One key on one device."""

    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    count: int = 0

    def make(
        self,
        task: dict[str, Any],
        *,
        challenge: str | None = None,
        origin: str = ORIGIN,
        host: str = HOST,
        kind: str = "webauthn.create",
        verified: bool = True,
    ) -> Answer:
        """Answer a task of registration with a new key (no attestation)."""
        flags = PRESENT | ATTESTED | (VERIFIED if verified else 0)
        key_length = struct.pack(">H", len(self.credential_id))
        attested = bytes(16) + key_length + self.credential_id + self._public_key()
        data = self._data(host, flags) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = _client(kind, challenge or task["options"]["challenge"], origin)
        return self._answer(
            clientDataJSON=client, attestationObject=statement, transports=["internal"]
        )

    def show(
        self,
        task: dict[str, Any],
        *,
        challenge: str | None = None,
        origin: str = ORIGIN,
        host: str = HOST,
        kind: str = "webauthn.get",
        verified: bool = True,
        count: int | None = None,
        signed_by: "Authenticator | None" = None,
    ) -> Answer:
        """Answer a task of sign-in."""
        self.count = self.count + 1 if count is None else count
        data = self._data(host, PRESENT | (VERIFIED if verified else 0))
        client = _client(kind, challenge or task["options"]["challenge"], origin)
        key = (signed_by or self).key
        signature = key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _public_key(self) -> bytes:
        """Write the public key as COSE does (RFC 9053, ES256)."""
        point = self.key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _answer(self, **response: Any) -> Answer:
        written = {
            name: bytes_to_base64url(value) if isinstance(value, bytes) else value
            for name, value in response.items()
        }
        id = bytes_to_base64url(self.credential_id)
        return {
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": written,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }


def _client(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps(
        {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
    ).encode()
