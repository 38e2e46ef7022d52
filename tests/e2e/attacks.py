"""What a scripted attacker tries against a running portal, over HTTP and from the outside only.

Each attack is a function that returns in a few words what it tried and raises `AssertionError` when
something gave way. Attackers come from addresses of their own in 127/8, as strangers do.
"""

import re
import uuid
from typing import Any
from urllib.parse import quote

from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from portal.accounts.keys import LinkPurpose
from portal.accounts.models import Citizen
from portal.accounts.service import letters
from portal.core import clock
from tests.access import visiting
from tests.accounts import doing
from tests.accounts.elsewhere import ELSEWHERE
from tests.e2e.attacking import Target, attack

REFUSED = {400, 403}


# Getting in


@attack
def credential_stuffing(target: Target) -> str:
    thief = target.browser()
    answers = [thief.sign_in(target.victim, f"geraten {number}") for number in range(12)]
    slowed = [answer for answer in answers if answer.status_code == 429]
    assert not any(answer.status_code == 302 for answer in answers)
    assert len(slowed) >= 5
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in slowed)
    neighbour = target.browser(source="127.0.6.1")  # behind the same router as the victim
    for number in range(8):
        neighbour.sign_in(target.victim, f"geraten {number}")
    assert target.known.sign_in(target.victim).status_code == 302, "the victim is locked out"
    return f"20 passwords, {len(slowed)} slowed; the owner still gets in"


@attack
def many_accounts_from_one_place(target: Target) -> str:
    thief = target.browser()
    statuses = [
        thief.sign_in(f"opfer{number}@example.org", "123456789").status_code for number in range(55)
    ]
    assert statuses[-1] == 429
    assert set(statuses) == {422, 429}
    return f"55 accounts, slowed after {statuses.index(429)}"


@attack
def forged_address_of_the_client(target: Target) -> str:
    thief, statuses = target.browser(), []
    for number in range(9):
        thief.headers.update(
            {
                "X-Forwarded-For": f"203.0.113.{number}",
                "X-Real-IP": f"203.0.113.{number}",
                "Forwarded": f"for=203.0.113.{number}",
            }
        )
        statuses.append(thief.sign_in("irgendwer@example.org", "geraten").status_code)
    assert statuses[-1] == 429, statuses
    return "9 tries with X-Forwarded-For, X-Real-IP, Forwarded: counted as one"


@attack
def code_of_the_app_by_force(target: Target) -> str:
    thief = target.browser()
    assert thief.sign_in(target.with_app).headers.get("Location") == "/anmelden/bestaetigen"
    page = "/anmelden/bestaetigen"
    statuses = [
        thief.post_form(page, page=page, code=f"{number:06}").status_code for number in range(12)
    ]
    assert set(statuses) == {422, 429}
    assert statuses.index(429) <= 6
    assert not thief.is_inside()
    return f"12 codes, slowed after {statuses.index(429)}"


@attack
def skipping_the_second_factor(target: Target) -> str:
    thief = target.browser()
    thief.sign_in(target.with_app)
    for path in ("/konto", "/konto/schluessel", "/antraege", "/konto/passwort", "/amt"):
        answer = thief.get(path)
        assert "/anmelden" in answer.headers.get("Location", ""), f"{path}: {answer.status_code}"
    return "5 pages with the password alone"


@attack
def guessed_links(target: Target) -> str:
    thief = target.browser()

    def draw(session: Any) -> str:
        person = session.scalars(select(Citizen).where(Citizen.email == target.victim)).one()
        link, _ = letters.new_link(person, LinkPurpose.RESET_PASSWORD, now=clock.now())
        session.add(link)
        session.flush()
        return str(link.id)

    ids = [target.office.do(draw), *(str(uuid.uuid4()) for _ in range(4))]
    guesses = ["A" * 43, "0" * 43, "A" * 42, "A" * 44, "%00" * 43, "null"]
    tried = 0
    for word in ("passwort-neu", "bestaetigen", "konto/adresse", "amt/einladung"):
        for id in ids:
            for guess in guesses:
                tried += 1
                assert thief.get(f"/{word}/{id}/{guess}").status_code in {400, 404}, guess
    return f"{tried} links with a right id and wrong secrets"


@attack
def task_of_a_passkey_twice(target: Target) -> str:
    thief = target.browser()
    task = thief.post_form("/anmelden/passkey/aufgabe").json()
    sent = {"step": task["step"], "answer": '{"rawId": "AAAA", "response": {}}'}
    statuses = [thief.post_form("/anmelden/passkey", **sent).status_code for _ in range(2)]
    assert statuses == [422, 410]
    other = target.browser().post_form("/anmelden/passkey", step="x" * 90, answer="[]").status_code
    assert other in {410, 422}
    return "the second use of a task finds nothing"


# Sessions


@attack
def a_planted_session(target: Target) -> str:
    thief = target.browser()
    thief.token()
    planted = thief.cookies["portal"]
    victim = target.browser()
    victim.cookies.set("portal", planted, domain="localhost.local")
    victim.enter(target.attacker)
    assert victim.is_inside()
    assert not thief.is_inside()
    return "the cookie from before the sign-in opens nothing"


@attack
def a_cookie_after_signing_out(target: Target) -> str:
    victim, thief = target.browser(), target.browser()
    victim.enter(target.attacker)
    stolen = victim.cookies["portal"]
    assert victim.post_form("/abmelden", page="/konto/kontakt").status_code == 302
    thief.headers["Cookie"] = f"portal={stolen}"
    assert not thief.is_inside()
    return "a copied cookie is dead after the sign-out"


@attack
def forged_cookies(target: Target) -> str:
    victim, thief = target.browser(), target.browser()
    victim.enter(target.attacker)
    body, _, signature = victim.cookies["portal"].rpartition(".")
    serializer = SecureCookieSessionInterface().get_signing_serializer
    forgeries = [
        f"{body}.{signature[::-1]}",
        f"{body}.",
        body,
        f"{body[::-1]}.{signature}",
        "eyJzZWNyZXQiOiJ4In0",
        '{"secret": "x"}',
        "A" * 4000,
        *(_signed(serializer, key) for key in ("dev", "secret", "changeme", "")),
    ]
    for forged in forgeries:
        thief.headers["Cookie"] = f"portal={forged}"
        assert not thief.is_inside(), forged[:40]
    return f"{len(forgeries)} cookies, signed with guessed keys among them"


def _signed(serializer: Any, key: str) -> str:
    class Guessing:
        secret_key = key or "\0"
        config = {"SECRET_KEY_FALLBACKS": None}

    return str(serializer(Guessing()).dumps({"secret": "x", "_user_id": "1"}))


# Requests from elsewhere


@attack
def a_form_on_a_foreign_page(target: Target) -> str:
    victim, thief = target.browser(), target.browser()
    victim.enter(target.attacker)
    foreign = thief.token()
    for data in ({}, {"csrf_token": ""}, {"csrf_token": foreign}, {"csrf_token": "x" * 90}):
        answer = victim.post("/konto/kontakt", data={"city": "Evil", **data})
        assert answer.status_code in REFUSED, data
    right = {"csrf_token": victim.token("/konto/kontakt"), "city": "Evil"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = victim.post("/konto/kontakt", data=right, headers=headers)
        assert answer.status_code in REFUSED, headers
    as_json = victim.post("/konto/kontakt", json={"city": "Evil"})
    assert as_json.status_code in REFUSED
    assert "Evil" not in victim.get("/konto/kontakt").text
    return "no token, a foreign one, Sec-Fetch-Site, Origin, JSON"


@attack
def change_by_get(target: Target) -> str:
    victim = target.browser()
    victim.enter(target.attacker)
    for path in ("/abmelden", "/konto/ueberall-abmelden", "/konto/schluessel/app/entfernen"):
        assert victim.get(path).status_code in {404, 405}
    victim.get("/konto/kontakt", params={"city": "Evil"})
    assert "Evil" not in victim.get("/konto/kontakt").text
    assert victim.is_inside()
    return "4 deeds as links"


@attack
def redirects_to_elsewhere(target: Target) -> str:
    victim = target.browser()
    victim.enter(target.attacker)
    for payload in ELSEWHERE:
        for path in ("/anmelden", "/sprache"):
            answer = victim.get(path, params={"next": payload})
            assert _is_own(answer.headers.get("Location", "/")), payload
    for payload in ELSEWHERE[:5]:
        address = f"/anmelden?next={quote(payload)}"
        answer = target.browser().post_form(
            address, address=target.attacker, password=doing.PASSWORD
        )
        assert answer.headers.get("Location") == "/", payload
    return f"{len(ELSEWHERE)} values of next"


def _is_own(location: str) -> bool:
    return location.startswith("/") and not location.startswith(("//", "/\\"))


@attack
def a_foreign_host_in_mails(target: Target) -> str:
    thief = target.browser()
    token = thief.token("/passwort-vergessen")
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-URL": "https://evil.example/"},
    ):
        thief.post(
            "/passwort-vergessen",
            data={"csrf_token": token, "address": target.victim},
            headers=headers,
        )
        thief.get("/anmelden", headers=headers)
    assert not any("evil.example" in text for _, _, text in target.mails())
    return "4 headers; the links in mails stay ours"


# Things of others


@attack
def things_of_others(target: Target) -> str:
    thief = target.browser()
    thief.enter(target.attacker)
    form = {"csrf_token": thief.token("/konto/kontakt")}
    tried = 0
    for door in visiting.doors(target.office.app):
        if "<uuid:" not in door.path or "secret" in door.path or door.path.startswith("/dev"):
            continue
        if door.path.startswith("/termine/gruppen/"):  # an event is for everybody
            continue
        address = visiting.address_of(target.office.app, target.world, door)
        others = re.sub(r"[0-9a-f-]{36}", lambda _: str(uuid.uuid4()), address)
        for path in (address, others):
            answer = thief.request(
                door.method,
                path,
                data=form if door.method == "POST" else None,
                headers={"X-CSRFToken": form["csrf_token"], "Tus-Resumable": "1.0.0"},
            )
            location = answer.headers.get("Location", "")
            is_sent_away = "/anmelden" in location
            # A hold of somebody else looks like one that has run out: both show the free times.
            is_led_back = door.path.startswith("/termine/neu/") and answer.status_code in {302, 409}
            assert answer.status_code == 404 or is_sent_away or is_led_back, (
                f"{door} answered {answer.status_code}"
            )
            tried += 1
    assert tried > 100
    return f"{tried} requests with real and guessed ids"


@attack
def fields_that_are_not_in_the_form(target: Target) -> str:
    thief, address = target.browser(), "massen@example.org"
    more = {"level": "3", "confirmed_at": "2026-01-01", "customer_number": "1", "id": "1"}
    person = {"first_name": "Ada", "last_name": "Lo", "password": doing.PASSWORD}
    thief.post_form("/registrieren", page="/registrieren", address=address, **person, **more)
    assert not thief.sign_in(address).headers.get("Location")
    thief.enter(target.attacker)
    answer = thief.post_form(
        "/konto/kontakt", page="/konto/kontakt", city="Lindenau", email="x@evil.example", **more
    )
    assert answer.status_code == 302

    def levels(session: Any) -> set[tuple[int, str | None]]:
        wanted = Citizen.email.in_((address, target.attacker))
        return {
            (c.level, c.customer_number) for c in session.scalars(select(Citizen).where(wanted))
        }

    assert target.office.do(levels) == {(1, None)}
    return "level, confirmation, number and address stay as they were"


# Crooked requests


@attack
def paths_out_of_the_house(target: Target) -> str:
    paths = [
        f"{start}{step * 6}{end}"
        for start in ("/static/", "/static/css/", "/")
        for step in (
            "../",
            "..%2f",
            "%2e%2e/",
            "%2e%2e%2f",
            "..\\",
            "..%5c",
            "....//",
            "%252e%252e/",
        )
        for end in ("etc/passwd", "pyproject.toml")
    ]
    paths += ["/static/%00", "/%00", "/unterlagen/%00", "/static//etc/passwd", "/static/js/"]
    paths += [
        "/static/",
        "/.git/config",
        "/.env",
        "/static/~",
        "//etc/passwd",
        "/%ff%fe",
        "/%c0%ae",
    ]
    for path in paths:
        status, body = target.raw("GET", path)
        assert status < 500, f"{path}: {status}"
        assert b"root:" not in body, path
        assert b"[project]" not in body, path
        assert b"Index of" not in body, path
    return f"{len(paths)} paths with dots, NUL and bad bytes"


@attack
def strange_verbs(target: Target) -> str:
    verbs = ("TRACE", "TRACK", "PUT", "DELETE", "PATCH", "CONNECT", "PROPFIND", "BOGUS", "get")
    for verb in verbs:
        for path in ("/", "/anmelden", "/konto"):
            status, body = target.raw(verb, path, X_Canary="zeisig", Content_Length="0")
            assert status in {0, 302, *range(400, 500), 501}, f"{verb} {path}: {status}"
            assert b"zeisig" not in body, f"{verb} echoes"
    return f"{len(verbs)} verbs on 3 pages"


@attack
def lines_in_every_field(target: Target) -> str:
    thief = target.browser()
    evil = "A\r\nBcc: opfer@evil.example\r\nSet-Cookie: a=b\r\n\r\nX"
    person = {"first_name": "Ada", "last_name": "Lo", "address": "a@example.org"}
    answers = [
        thief.post_form(
            "/registrieren",
            page="/registrieren",
            **{**person, "password": doing.PASSWORD, name: f"{value}{evil}"},
        )
        for name, value in person.items()
    ]
    answers.append(thief.get("/anmelden", params={"next": f"/{evil}"}))
    answers.append(thief.get("/", headers={"Accept-Language": "de;q=1,%0d%0aX"}))
    thief.enter(target.attacker)
    contact = "/konto/kontakt"
    answers += (
        thief.post_form(contact, page=contact, **{name: evil})
        for name in ("phone", "street", "postcode", "city")
    )
    for answer in answers:
        assert answer.status_code < 500
        assert "a=b" not in answer.headers.get("Set-Cookie", "")
        assert "Bcc" not in answer.headers
    for address, subject, _ in target.mails():
        assert "evil.example" not in address + subject
        assert "\n" not in address + subject
    return f"{len(answers)} fields with CR and LF"


@attack
def bodies_without_end(target: Target) -> str:
    thief = target.browser()
    token = thief.token()
    huge = thief.post("/anmelden", data={"csrf_token": token, "address": "a" * 3_000_000})
    assert huge.status_code in {413, 422, 400}
    many = thief.post("/anmelden", data=[("csrf_token", token), *(("a", "b") for _ in range(5000))])
    assert many.status_code in {413, 422, 400}
    status, _ = target.raw(
        "POST", "/anmelden", Content_Length=str(10**11), Content_Type="text/plain"
    )
    assert status in {0, *range(400, 500)}
    status, _ = target.raw("GET", "/", Cookie="a=" + "b" * 100_000)
    assert status in {0, *range(400, 500)}
    long = {"first_name": "A" * 10_000, "last_name": "\u202eLo🙂", "password": "x" * 5000}
    answer = thief.post_form("/registrieren", page="/registrieren", address="b@example.org", **long)
    assert answer.status_code in {400, 413, 422, 429}
    return "3 MB, 5,000 fields, 100 GB announced, 100 kB of cookies, long names"
