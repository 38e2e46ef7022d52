"""The way out of the house for messages to a telephone: a gateway on the web, or nowhere yet.

A short message crosses many hands unsealed. It holds no social data: what happened, in the words
of a subject line, and where to read it.
"""

import logging
import re

import requests
from flask import Flask, current_app

from portal.core.config import Settings
from portal.core.outbound import Outbound, Reach
from portal.notifications.models import Message
from portal.notifications.transport import DemoMailbox, NotSent, Transport

log = logging.getLogger(__name__)

NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")  # ITU-T E.164
MOST_SIGNS = 160
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("^{}\\[~]|€")
_PLAIN = str.maketrans(
    {"„": '"', "“": '"', "”": '"', "‚": "'", "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...",
     "\u00a0": " ", "\u202f": " "}
)  # fmt: skip


def is_number(address: str) -> bool:
    """Tell whether a message to `address` is a short one."""
    return bool(NUMBER.fullmatch(address))


def plain(text: str) -> str:
    """Return the text with the signs of the GSM alphabet where there is one of the same meaning.

    A single other sign would cut the room of a message from 160 signs to 70 (3GPP TS 23.038).
    """
    lines = (" ".join(line.split()) for line in text.translate(_PLAIN).strip().splitlines())
    return "\n".join(line for line in lines if line)


def signs(text: str) -> int:
    """Count what a text takes of the 160 signs; text in another alphabet takes more than twice."""
    if set(text) <= _BASIC | _DOUBLE:
        return len(text) + sum(sign in _DOUBLE for sign in text)
    return -(-len(text) * MOST_SIGNS // 70)


def shortened(text: str, *, room: int) -> str:
    """Cut a text at a word, so that it takes `room` signs at most."""
    text = plain(text)
    if signs(text) <= room:
        return text
    words = text.split()
    while words and signs(" ".join(words) + " ...") > room:
        words.pop()
    return " ".join([*words, "..."]) if words else ""


class NoSmsGateway:
    """Refuse to send, and say so once at the start: the messages wait for a gateway."""

    def __init__(self) -> None:
        log.warning("PORTAL_SMS_URL ist leer: SMS werden nicht verschickt, sie warten.")

    def send(self, message: Message) -> None:
        """Raise, so that the message is tried again."""
        raise NotSent("PORTAL_SMS_URL ist leer")


class SmsGateway:
    """Hand short messages to a gateway over HTTPS: `{"to", "from", "text"}` and a bearer token.

    The message id goes along as `Idempotency-Key`: a gateway that knows it sends a message once,
    even if its first answer was lost.
    """

    def __init__(
        self, url: str, *, token: str, sender: str, reach: Reach, ca_file: str = ""
    ) -> None:
        self._url, self._token, self._sender = url, token, sender
        self._calls = Outbound([url], reach=reach, ca_file=ca_file)

    def send(self, message: Message) -> None:
        """Send one short message; raise `NotSent` for every answer but success."""
        try:
            answer = self._calls.post(
                self._url,
                json={"to": message.address, "from": self._sender, "text": message.text},
                headers={
                    "Authorization": f"Bearer {self._token}",
                    "Idempotency-Key": str(message.id),
                },
            )
        except requests.RequestException as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error
        if not answer.ok:
            raise NotSent(f"the gateway answers {answer.status_code}")


def init_app(app: Flask) -> None:
    """Choose the way out by configuration."""
    app.extensions["sms_transport"] = _way_out(app.config["SETTINGS"])


def _way_out(settings: Settings) -> Transport:
    if settings.sms_url:
        return SmsGateway(
            settings.sms_url,
            token=settings.sms_token,
            sender=settings.sms_from,
            reach=Reach(loopback=settings.demo, private=settings.outbound_private),
            ca_file=settings.outbound_ca_file,
        )
    return DemoMailbox() if settings.demo else NoSmsGateway()


def transport() -> Transport:
    """Return the way out of the current application."""
    found: Transport = current_app.extensions["sms_transport"]
    return found
