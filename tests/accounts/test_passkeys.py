"""Passkeys, with a device made of code: tampered, replayed and foreign answers are void."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import rules
from portal.accounts.keys import Method, Passkey, StepKind
from portal.accounts.models import Citizen, Role, StaffMember
from portal.accounts.service import passkeys, steps
from portal.audit.models import Event
from portal.core import clock
from portal.core.errors import Conflict, Expired, InvalidInput
from tests.accounts.authenticator import ORIGIN, Authenticator
from tests.accounts.doing import browser, citizen, is_signed_in, member, opened, sign_in
from tests.client import PortalClient
from tests.factories import accounts

Answering = Callable[[Authenticator, dict[str, Any]], dict[str, Any]]


def added(session: Session, person: Citizen | StaffMember) -> Authenticator:
    """Given a passkey of somebody."""
    device, now = Authenticator(), clock.now()
    task = new_task(session, person)
    passkeys.add(
        session,
        person=person,
        token=task["step"],
        answer=device.make(task),
        name="Handy",
        base_url=ORIGIN,
        now=now,
    )
    session.commit()
    return device


def new_task(session: Session, person: Citizen | StaffMember) -> dict[str, Any]:
    task = passkeys.new_task(
        session, person=person, office="Jobcenter", base_url=ORIGIN, now=clock.now()
    )
    session.flush()
    return task


def task_of(client: PortalClient, path: str) -> dict[str, Any]:
    answer = client.post_form(f"{path}/aufgabe")
    assert answer.status_code == 200
    return answer.get_json()


def send(
    client: PortalClient, task: dict[str, Any], answer: Any, path: str = "/anmelden/passkey"
) -> TestResponse:
    return client.post_form(path, {"step": task["step"], "answer": json.dumps(answer)})


def test_a_citizen_adds_a_passkey_and_signs_in_with_it(
    client: PortalClient, session: Session
) -> None:
    citizen(session)
    sign_in(client)
    device, keys = Authenticator(), "/konto/schluessel/passkey"
    assert client.get("/konto/schluessel").status_code == 200
    task = task_of(client, keys)
    made = client.post_form(
        keys, {"step": task["step"], "answer": json.dumps(device.make(task)), "name": "Mein Handy"}
    )
    assert made.location == "/konto/schluessel"
    assert "Mein Handy" in client.get("/konto/schluessel").text
    client.post_form("/abmelden")
    assert not is_signed_in(client)

    task = task_of(client, "/anmelden/passkey")
    assert send(client, task, device.show(task)).location == "/"
    assert is_signed_in(client)
    assert opened(session)[-1].method == Method.PASSKEY


def test_check_02_a_passkey_opens_the_office_alone(client: PortalClient, session: Session) -> None:
    """A passkey is two factors in one: the device, and what unlocks it."""
    device = added(session, member(session, Role.ADMINISTRATOR))
    task = task_of(client, "/amt/anmelden/passkey")
    assert send(client, task, device.show(task), "/amt/anmelden/passkey").location == "/amt"
    assert client.get("/amt").status_code == 200


def test_the_task_of_sign_in_names_no_keys(client: PortalClient, session: Session) -> None:
    """Check 4: nobody learns from it who has an account."""
    added(session, citizen(session))
    task = task_of(client, "/anmelden/passkey")
    assert task["options"]["allowCredentials"] == []
    assert task["options"]["userVerification"] == "required"


LIES: dict[str, Answering] = {
    "another challenge": lambda device, task: device.show(task, challenge="A" * 86),
    "another page": lambda device, task: device.show(task, origin="https://portal.evil.example"),
    "a page that looks alike": lambda device, task: device.show(
        task, origin=f"{ORIGIN}.evil.example"
    ),
    "another port": lambda device, task: device.show(task, origin=f"{ORIGIN}:8443"),
    "bound to another host": lambda device, task: device.show(task, host="evil.example"),
    "nobody was verified": lambda device, task: device.show(task, verified=False),
    "an answer to another question": lambda device, task: device.show(task, kind="webauthn.create"),
    "signed by another key": lambda device, task: device.show(task, signed_by=Authenticator()),
    "a counter that stands": lambda device, task: device.show(task, count=0),
    "a key nobody knows": lambda _, task: Authenticator().show(task),
    "no answer": lambda *_: {},
    "half an answer": lambda device, task: {"rawId": device.show(task)["rawId"]},
    "rubbish inside": lambda device, task: {**device.show(task), "response": {"signature": "!"}},
    "numbers for texts": lambda device, task: {**device.show(task), "rawId": 7},
    "a list for a text": lambda device, task: {**device.show(task), "rawId": ["a"]},
    "null inside": lambda device, task: {**device.show(task), "response": None},
}


@pytest.mark.parametrize("lie", LIES)
def test_check_01_no_lie_opens_a_session(client: PortalClient, session: Session, lie: str) -> None:
    device = added(session, citizen(session))
    first = task_of(client, "/anmelden/passkey")
    assert send(client, first, device.show(first, count=5)).status_code == 302
    client.post_form("/abmelden")
    task = task_of(client, "/anmelden/passkey")
    answer = LIES[lie](device, task)
    assert send(client, task, answer).status_code == 422
    assert not is_signed_in(client)
    right = device.show(task, count=9)
    assert send(client, task, right).status_code == 410, "the task must be used up"
    assert not is_signed_in(client)


def test_a_replayed_answer_opens_nothing(client: PortalClient, session: Session) -> None:
    device = added(session, citizen(session))
    task = task_of(client, "/anmelden/passkey")
    answer = device.show(task)
    assert send(client, task, answer).status_code == 302
    thief = browser(client)
    assert send(thief, task, answer).status_code == 410
    assert send(thief, task_of(thief, "/anmelden/passkey"), answer).status_code == 422
    assert not is_signed_in(thief)


def test_a_failed_proof_is_written_down(client: PortalClient, session: Session) -> None:
    """Check 44."""
    device = added(session, citizen(session))
    task = task_of(client, "/anmelden/passkey")
    send(client, task, device.show(task, verified=False))
    assert "accounts.passkey_failed" in session.scalars(select(Event.deed)).all()


@pytest.mark.parametrize("token", ["", "x", "x.y", "{id}.", "{id}.wrong", "{id}.{secret}x"])
def test_a_task_needs_its_whole_token(client: PortalClient, session: Session, token: str) -> None:
    device = added(session, citizen(session))
    task = task_of(client, "/anmelden/passkey")
    id, _, secret = task["step"].partition(".")
    forged = {**task, "step": token.format(id=id, secret=secret)}
    assert send(client, forged, device.show(task)).status_code in {410, 422}
    assert not is_signed_in(client)


def test_a_task_is_worth_nothing_after_ten_minutes(session: Session) -> None:
    person = citizen(session)
    device = added(session, person)
    task = passkeys.sign_in_task(session, base_url=ORIGIN, now=clock.now())
    session.flush()
    with pytest.raises(Expired):
        passkeys.prove(
            session,
            token=task["step"],
            answer=device.show(task),
            base_url=ORIGIN,
            now=clock.now() + rules.STEP_LASTS,
        )


def test_a_task_of_one_kind_is_none_of_another(session: Session) -> None:
    person = citizen(session)
    task = new_task(session, person)
    with pytest.raises(Expired):
        steps.take_step(session, token=task["step"], kind=StepKind.PASSKEY_SIGN_IN, now=clock.now())


def test_another_persons_passkey_does_not_prove_who_i_am(
    client: PortalClient, session: Session
) -> None:
    """Given an open browser, when somebody else shows their key, then nothing is proved."""
    citizen(session)
    device = added(session, accounts.citizen(session))
    sign_in(client)
    before = opened(session)[0]
    before.stepped_up_at -= timedelta(minutes=20)
    session.commit()
    task = task_of(client, "/anmelden/passkey")
    answer = send(client, task, device.show(task), "/anmelden/noch-einmal")
    assert answer.status_code == 422
    assert client.get("/konto/passwort").location.startswith("/anmelden/noch-einmal")


def test_citizens_and_staff_do_not_open_each_others_doors(
    client: PortalClient, session: Session
) -> None:
    of_citizen, of_staff = added(session, citizen(session)), added(session, member(session))
    task = task_of(client, "/amt/anmelden/passkey")
    assert send(client, task, of_citizen.show(task), "/amt/anmelden/passkey").status_code == 422
    task = task_of(client, "/anmelden/passkey")
    assert send(client, task, of_staff.show(task)).status_code == 422
    assert opened(session) == []


def test_who_may_not_sign_in_has_no_use_for_a_passkey(
    client: PortalClient, session: Session
) -> None:
    person = member(session)
    device = added(session, person)
    person.is_active = False
    session.commit()
    task = task_of(client, "/amt/anmelden/passkey")
    assert send(client, task, device.show(task), "/amt/anmelden/passkey").status_code == 422


NEW_LIES: dict[str, Answering] = {
    "another challenge": lambda device, task: device.make(task, challenge="A" * 86),
    "another page": lambda device, task: device.make(task, origin="https://evil.example"),
    "bound to another host": lambda device, task: device.make(task, host="evil.example"),
    "nobody was verified": lambda device, task: device.make(task, verified=False),
    "an answer to another question": lambda device, task: device.make(task, kind="webauthn.get"),
    "no answer": lambda *_: {},
    "rubbish inside": lambda device, task: {
        **device.make(task),
        "response": {"attestationObject": "oA"},
    },
}


@pytest.mark.parametrize("lie", NEW_LIES)
def test_no_lie_becomes_a_passkey(session: Session, lie: str) -> None:
    person, device = citizen(session), Authenticator()
    task = new_task(session, person)
    with pytest.raises(InvalidInput):
        _add(session, person, task, NEW_LIES[lie](device, task))
    assert session.scalars(select(Passkey)).all() == []


def test_nobody_adds_a_passkey_to_the_account_of_another(session: Session) -> None:
    person, other = citizen(session), accounts.citizen(session)
    task = new_task(session, person)
    with pytest.raises(passkeys.WrongPasskey):
        _add(session, other, task, Authenticator().make(task))


def test_the_same_key_is_added_once_whoever_tries(session: Session) -> None:
    person, other = citizen(session), accounts.citizen(session)
    device = added(session, person)
    task = new_task(session, other)
    with pytest.raises(Conflict):
        _add(session, other, task, device.make(task))


def test_ten_passkeys_are_enough(session: Session) -> None:
    person = citizen(session)
    for _ in range(rules.MOST_PASSKEYS):
        added(session, person)
    with pytest.raises(Conflict):
        new_task(session, person)


def test_check_13_the_passkey_of_another_is_not_there(
    client: PortalClient, session: Session
) -> None:
    added(session, accounts.citizen(session))
    foreign = session.scalars(select(Passkey)).one()
    citizen(session)
    sign_in(client)
    answer = client.post_form(f"/konto/schluessel/passkey/{foreign.id}/entfernen")
    assert answer.status_code == 404


def test_check_11_adding_a_key_asks_for_a_new_proof_first(
    client: PortalClient, session: Session
) -> None:
    citizen(session)
    sign_in(client)
    opened(session)[0].stepped_up_at -= timedelta(minutes=11)
    session.commit()
    for path in ("/konto/schluessel/passkey/aufgabe", "/konto/schluessel/passkey"):
        answer = client.post_form(path, {"name": "x"})
        assert answer.location.startswith("/anmelden/noch-einmal"), path


def _add(
    session: Session, person: Citizen, task: dict[str, Any], answer: dict[str, Any]
) -> Passkey:
    return passkeys.add(
        session,
        person=person,
        token=task["step"],
        answer=answer,
        name="",
        base_url=ORIGIN,
        now=clock.now(),
    )
