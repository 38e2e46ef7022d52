"""The way out of the house for mails: a mail server, or the mailbox of the demo office."""

import logging
import re
import smtplib
import ssl
import threading
import time
import weakref
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app

from portal.core.config import Settings
from portal.notifications import return_path
from portal.notifications.models import Message

log = logging.getLogger(__name__)


TIMEOUT = 20
KEPT_FOR = 20  # seconds
MESSAGES_A_LINE = 100  # many servers hang up after as many

# RFC 3463 3.2: no such mailbox, no such system, no such writing, moved, no mail here.
NO_SUCH_ADDRESS = re.compile(rb"\b5\.1\.(?:1|2|3|6|10)\b")


class NotSent(Exception):
    """The other side did not take the message.

    `is_final` says that it never will, because there is no such address; `is_busy` that it takes
    nothing at all at the moment.
    """

    def __init__(self, said: str, *, is_final: bool = False, is_busy: bool = False) -> None:
        super().__init__(said)
        self.is_final, self.is_busy = is_final, is_busy


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

    A connection is kept for the next message, a moment long and for some messages: who sends ten
    thousand does not introduce itself ten thousand times. With a `bounce_address` each mail comes
    back to an address of its own (`return_path`).
    """

    def __init__(self, url: str, sender: str, *, bounce_address: str = "") -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._bounce_address = bounce_address
        self._idle: list[_Line] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _hang_up, self._idle)

    def send(self, message: Message) -> None:
        """Send one mail with its attachments."""
        mail = written(message, sender=self._sender)
        try:
            line = self._line()
            try:
                line.server.send_message(mail, from_addr=self._comes_back_to(message))
            except BaseException:
                line.server.close()
                raise
        except (smtplib.SMTPException, OSError) as error:
            raise _not_sent(error) from error
        line.used()
        with self._lock:
            self._idle.append(line)

    def _comes_back_to(self, message: Message) -> str:
        address = self._bounce_address
        return return_path.of(message.id, address=address) if address else self._sender

    def _line(self) -> "_Line":
        """Take a connection that was kept and still answers, or open one."""
        while True:
            with self._lock:
                line = self._idle.pop() if self._idle else None
            if line is None:
                return self._opened()
            if line.answers():
                return line

    def _opened(self) -> "_Line":
        server = self._connected()
        try:
            self._introduce(server)
        except BaseException:
            server.close()
            raise
        return _Line(server)

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


class _Line:
    """A connection to the mail server, and for how long it is still good."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self.server = server
        self._sent = 0
        self._last = time.monotonic()

    def used(self) -> None:
        self._sent += 1
        self._last = time.monotonic()

    def answers(self) -> bool:
        """Tell whether one more message may go this way; close the connection if not."""
        if self._sent < MESSAGES_A_LINE and time.monotonic() - self._last < KEPT_FOR:
            try:
                if self.server.noop()[0] == 250:
                    return True
            except (smtplib.SMTPException, OSError):
                pass  # the server has hung up meanwhile
        self.server.close()
        return False


def _hang_up(idle: list[_Line]) -> None:
    while idle:
        idle.pop().server.close()


def _not_sent(error: smtplib.SMTPException | OSError) -> NotSent:
    """Tell a wrong address from a busy server, and both from everything else."""
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [(code, bytes(text)) for code, text in error.recipients.values()]
        gone = [code >= 500 and NO_SUCH_ADDRESS.search(text) for code, text in answers]
        return NotSent(said, is_final=bool(gone) and all(gone))
    if isinstance(error, smtplib.SMTPResponseException):
        return NotSent(said, is_busy=400 <= error.smtp_code < 500)
    return NotSent(said, is_busy=True)


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
        return Smtp(settings.smtp_url, settings.mail_from, bounce_address=settings.bounce_address)
    return DemoMailbox() if settings.demo else NoMailServer()


def transport() -> Transport:
    """Return the way out of the current application."""
    found: Transport = current_app.extensions["mail_transport"]
    return found
