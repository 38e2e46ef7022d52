"""Mails that come back, read by themselves: in every charset and encoding, broken and hostile."""

import base64
import quopri
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notifications import returned
from portal.notifications.returned import Verdict

OURS = "jobcenter.example"
TO = "bounce+token@jobcenter.example"
FIELDS = (
    "Final-Recipient: rfc822; oksana@example.org\n"
    "Action: {action}\n"
    "Status: {status}\n"
    "Diagnostic-Code: smtp; {said}\n"
)


def notice(
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str | bytes = "550 5.1.1 No such user",
    kind: str = "message/delivery-status",
    charset: str = "us-ascii",
    encoding: str = "7bit",
    human: bytes = b"Your mail could not be delivered.",
    human_charset: str = "us-ascii",
) -> bytes:
    """Write a delivery status notification as mail servers do."""
    if isinstance(said, str):
        said = said.encode(charset)
    machine = b"Reporting-MTA: dns; mx.example.org\n\n" + FIELDS.format(
        action=action, status=status, said="%%"
    ).encode().replace(b"%%", said)
    if encoding == "base64":
        machine = base64.encodebytes(machine)
    elif encoding == "quoted-printable":
        machine = quopri.encodestring(machine)
    return (
        (
            "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\n"
            f"To: <{TO}>\nSubject: Undelivered\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
            f"--b\nContent-Type: text/plain; charset={human_charset}\n\n"
        ).encode()
        + human
        + (
            f"\n--b\nContent-Type: {kind}; charset={charset}\n"
            f"Content-Transfer-Encoding: {encoding}\n\n"
        ).encode()
        + machine
        + b"\n--b\nContent-Type: message/rfc822\n\nSubject: Ihr Termin\n\nx\n--b--\n"
    )


@pytest.mark.parametrize(
    ("charset", "said"),
    [
        ("us-ascii", "550 5.1.1 No such user"),
        ("utf-8", "550 Empfänger unbekannt"),
        ("iso-8859-1", "550 Empfänger unbekannt"),
        ("windows-1252", "550 „unbekannt“"),
        ("koi8-r", "550 Пользователь не найден"),
        ("iso-2022-jp", "550 ユーザー不明"),
        ("big5", "550 無此用戶"),
    ],
)
@pytest.mark.parametrize("encoding", ["7bit", "8bit", "quoted-printable", "base64"])
def test_a_failure_is_read_in_every_charset(charset: str, said: str, encoding: str) -> None:
    found = returned.read(notice(said=said, charset=charset, encoding=encoding), own_domain=OURS)
    assert found.verdict is Verdict.FAILED
    assert found.recipients == [TO]
    assert found.reason.startswith("5.1.1 550")
    assert "\n" not in found.reason
    assert said.partition(" ")[2][:3] in found.reason


def test_the_words_for_people_may_be_in_anything() -> None:
    raw = notice(human=bytes(range(128, 256)), human_charset="x-no-such-charset")
    assert returned.read(raw, own_domain=OURS).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("action", "status", "verdict"),
    [
        ("failed", "5.2.2", Verdict.FAILED),
        ("Failed ", "4.4.7", Verdict.FAILED),  # the server has given up
        ("delayed", "4.4.1", Verdict.DELAYED),
        ("delivered", "2.0.0", Verdict.ARRIVED),
        ("relayed", "2.0.0", Verdict.ARRIVED),
        ("", "5.1.1", Verdict.FAILED),  # it has forgotten the action
        ("nonsense", "4.1.1", Verdict.OTHER),
    ],
)
def test_what_an_action_means(action: str, status: str, verdict: Verdict) -> None:
    assert returned.read(notice(action=action, status=status), own_domain=OURS).verdict is verdict


def test_the_notice_for_international_addresses_is_read_too() -> None:
    raw = notice(kind="message/global-delivery-status", charset="utf-8", said="550 Zoë unbekannt")
    found = returned.read(raw, own_domain=OURS)
    assert (found.verdict, found.reason) == (Verdict.FAILED, "5.1.1 550 Zoë unbekannt")


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        ("Auto-Submitted: auto-replied", Verdict.AUTOMATIC),
        ("Auto-Submitted: AUTO-GENERATED; x=1", Verdict.AUTOMATIC),
        ("Precedence: bulk", Verdict.AUTOMATIC),
        ("X-Autoreply: yes", Verdict.AUTOMATIC),
        ("Return-Path: <>", Verdict.AUTOMATIC),
        (f"Message-ID: <a-message@{OURS.upper()}>", Verdict.OWN),
        ("Return-Path: <>\nX-Failed-Recipients: oksana@example.org", Verdict.FAILED),
        ("Return-Path: <eve@example.org>\nX-Failed-Recipients: a@example.org", Verdict.OTHER),
        ("Auto-Submitted: no", Verdict.OTHER),
    ],
)
def test_absences_loops_and_people(head: str, verdict: Verdict) -> None:
    raw = f"{head}\nFrom: oksana@example.org\nTo: {TO}\n\nIch bin im Urlaub.\n".encode()
    assert returned.read(raw, own_domain=OURS).verdict is verdict


def test_what_a_stranger_writes_into_the_reason_is_one_plain_line() -> None:
    found = returned.read(notice(said="550 a\x00b\x1b[31m" + "y" * 9000), own_domain=OURS)
    assert len(found.reason) <= 500
    assert found.reason.isprintable()


def test_a_thousand_parts_and_a_deep_nest_end_soon() -> None:
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000
    assert returned.read(wide, own_domain=OURS).verdict is Verdict.OTHER
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)
    )
    returned.read(deep, own_domain=OURS)


@given(st.binary(max_size=2000))
def test_anything_at_all_is_read_to_its_end(raw: bytes) -> None:
    returned.read(raw, own_domain=OURS)
    whole = notice()
    returned.read(whole[: len(raw) % len(whole)] + raw, own_domain=OURS)


def test_nothing_here_sends_an_answer() -> None:
    """Whoever never answers starts no loop."""
    for module in ("returned", "bouncing"):
        source = Path(returned.__file__).with_name(f"{module}.py").read_text("utf-8")
        assert "smtplib" not in source
        assert "service" not in source
