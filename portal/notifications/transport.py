"""The way out of the house for mails: a mail server, or the mailbox of the demo office."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app

from portal.core.config import Settings
from portal.notifications.models import Message

log = logging.getLogger(__name__)


TIMEOUT = 20


class NotSent(Exception):
    """The other side did not take the message."""


class Transport(Protocol):
    """Take a message out of the house."""

    def send(self, message: Message) -> None:
        """Send the message; raise `NotSent` when the other side did not take it."""


class DemoMailbox:
    """Send nothing: the rows themselves are the mailbox that `/dev/postfach` shows."""

    def send(self, message: Message) -> None:
        """Leave the message where it is."""


class NoMailServer:
    """Refuse to send, and say so once at the start: the messages wait for a mail server."""

    def __init__(self) -> None:
        log.warning("PORTAL_SMTP_URL ist leer: Nachrichten werden nicht verschickt, sie warten.")

    def send(self, message: Message) -> None:
        """Raise, so that the message is tried again."""
        raise NotSent("PORTAL_SMTP_URL ist leer")


class Smtp:
    """Hand messages to a mail server (RFC 5321) over `smtps://`, or `smtp://` with STARTTLS.

    Certificates are checked. A server on this machine needs none: nothing crosses a wire. Name and
    password never cross a wire without TLS.
    """

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender

    def send(self, message: Message) -> None:
        """Send one mail with its attachments."""
        mail = written(message, sender=self._sender)
        try:
            with self._connected() as server:
                self._introduce(server)
                server.send_message(mail)
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error

    def _connected(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "localhost", self._url.port
        if self._url.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=context)
        return smtplib.SMTP(host, port or 25, timeout=TIMEOUT)

    def _introduce(self, server: smtplib.SMTP) -> None:
        is_here = self._url.hostname in {None, "localhost", "127.0.0.1", "::1"}
        server.ehlo()
        if server.has_extn("starttls") and not is_here:
            server.starttls(context=ssl.create_default_context())
        if self._url.username:
            if not is_here and not isinstance(server.sock, ssl.SSLSocket):
                raise NotSent("the mail server offers no TLS, the password stays here")
            server.login(unquote(self._url.username), unquote(self._url.password or ""))


def written(message: Message, *, sender: str) -> EmailMessage:
    """Write a message as a mail: plain text, the same as HTML, and what goes with it."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.address
    mail["Subject"] = message.subject
    mail["Date"] = message.created_at
    mail["Message-ID"] = f"<{message.id}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for enclosed in message.attachments:
        main, sub, options = _kind(enclosed.content_type)
        mail.add_attachment(
            enclosed.content,
            maintype=main,
            subtype=sub,
            params=options,
            filename="".join(sign for sign in enclosed.filename if sign.isprintable()),
        )
    return mail


def _kind(content_type: str) -> tuple[str, str, dict[str, str]]:
    """Take `text/calendar; method=REQUEST` apart: a calendar needs to know its method."""
    parsed = EmailMessage()
    parsed["Content-Type"] = content_type
    header = parsed["Content-Type"]
    return header.maintype, header.subtype, dict(header.params)


def init_app(app: Flask) -> None:
    """Choose the way out by configuration."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions["mail_transport"] = _way_out(settings)


def _way_out(settings: Settings) -> Transport:
    if settings.smtp_url:
        return Smtp(settings.smtp_url, settings.mail_from)
    return DemoMailbox() if settings.demo else NoMailServer()


def transport() -> Transport:
    """Return the way out of the current application."""
    found: Transport = current_app.extensions["mail_transport"]
    return found
