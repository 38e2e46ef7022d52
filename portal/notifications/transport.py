"""The way out of the house for mails: a mail server, or the mailbox of the demo office."""

import logging
import smtplib
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app

from portal.core.config import Settings
from portal.notifications.models import Message

log = logging.getLogger(__name__)


class Transport(Protocol):
    """Take a message out of the house."""

    def send(self, message: Message) -> None:
        """Send the message; raise when the other side did not take it."""


class DemoMailbox:
    """Send nothing: the rows themselves are the mailbox that `/dev/postfach` shows."""

    def __init__(self) -> None:
        log.warning("Kein Mailserver eingestellt: Nachrichten bleiben im Demo-Postfach.")

    def send(self, message: Message) -> None:
        """Leave the message where it is."""


class Smtp:
    """Hand messages to a mail server (RFC 5321), with TLS where it offers it."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender

    def send(self, message: Message) -> None:
        """Send one mail with its attachments."""
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = message.address
        mail["Subject"] = message.subject
        mail["Date"] = message.created_at
        mail["Message-ID"] = f"<{message.id}@{self._sender.partition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        for enclosed in message.attachments:
            main, _, sub = enclosed.content_type.partition(";")[0].partition("/")
            mail.add_attachment(
                enclosed.content, maintype=main, subtype=sub, filename=enclosed.filename
            )
        with smtplib.SMTP(
            self._url.hostname or "localhost", self._url.port or 25, timeout=20
        ) as server:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls()
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            server.send_message(mail)


def init_app(app: Flask) -> None:
    """Choose the way out by configuration."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions["mail_transport"] = (
        Smtp(settings.smtp_url, settings.mail_from) if settings.smtp_url else DemoMailbox()
    )


def transport() -> Transport:
    """Return the way out of the current application."""
    found: Transport = current_app.extensions["mail_transport"]
    return found
