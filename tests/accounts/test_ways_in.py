"""Check 1: every way that reaches a session stands in one table, and in the code nowhere else."""

import ast
from pathlib import Path

import pytest

from portal.accounts import rules
from portal.accounts.keys import Method
from tests.house.tree import ROOT

# Who opens a session, and by which way. Whoever adds one changes this table and, if the way is new,
# `rules.SIGN_IN_METHODS`, under the eyes of a second person.
BEGINS = {
    "accounts/views/registering.py: confirm_address",
    "accounts/views/signing_in.py: _let_in",
    "accounts/views/provider.py: _let_in",
    "accounts/staff_views/signing_in.py: _let_in",
    "accounts/staff_views/signing_in.py: take_invitation",
    "dev/views.py: become",
}
PROVES_ANEW = {
    "accounts/views/signing_in.py: take_proof",
    "accounts/views/account.py: change_password",
    "accounts/staff_views/signing_in.py: take_proof",
    "accounts/staff_views/keys.py: add_passkey",
    "accounts/staff_views/keys.py: confirm_app",
    "accounts/staff_views/keys.py: change_password",
}
OPENS_ROWS = {"accounts/session.py: begin"}
WRITES_ROWS = {"accounts/service/sessions.py: open_session"}
WRITES_THE_COOKIE = {"accounts/session.py: begin", "accounts/session.py: prove_anew"}


def calls(wanted: str) -> set[str]:
    """Return in which functions of the portal something of this name is called."""
    found = set()
    for path in sorted((ROOT / "portal").rglob("*.py")):
        for function, node in _inside(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == wanted:
                found.add(_place(path, function))
    return found


def _inside(tree: ast.Module) -> list[tuple[str, ast.AST]]:
    """Return every node with the function at the top of the module around it."""
    return [
        (top.name if isinstance(top, ast.FunctionDef | ast.ClassDef) else "<module>", node)
        for top in tree.body
        for node in ast.walk(top)
    ]


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return f"{_name(called.value)}.{called.attr}"
    return called.id if isinstance(called, ast.Name) else ""


def _place(path: Path, function: str) -> str:
    return f"{path.relative_to(ROOT / 'portal').as_posix()}: {function}"


def test_check_01_only_these_views_begin_a_session() -> None:
    assert calls("sessions.begin") == BEGINS
    others = {
        "core/vault/service.py: keep",
        "applications/service.py: start",
        "applications/editing/service.py: begin",
        "decisions/service.py: begin",
    }
    assert calls("begin") == others, "call it as `sessions.begin`, so that this test finds it"


def test_check_01_only_these_views_renew_a_session() -> None:
    assert calls("sessions.prove_anew") <= PROVES_ANEW | {"accounts/session.py: prove_anew"}
    assert calls("sessions.prove_anew") >= PROVES_ANEW


def test_check_01_nobody_else_opens_or_writes_a_session() -> None:
    assert calls("sessions.open_session") | calls("open_session") == OPENS_ROWS
    assert calls("PortalSession") | calls("keys.PortalSession") == WRITES_ROWS
    assert calls("login_user") == set()


def test_check_01_nobody_else_writes_the_secret_of_the_cookie() -> None:
    found = set()
    for path in sorted((ROOT / "portal").rglob("*.py")):
        for function, node in _inside(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.ctx, ast.Store)
                and _name(node.value) == "session"
                and (_name(node.slice) == "_SECRET" or ast.unparse(node.slice) == "'secret'")
            ):
                found.add(_place(path, function))
    assert found == WRITES_THE_COOKIE


def test_check_01_every_way_says_what_it_is_worth() -> None:
    assert set(rules.SIGN_IN_METHODS) == set(Method)


@pytest.mark.parametrize("method", [Method.PASSWORD, Method.INVITATION, Method.PROVIDER])
def test_check_02_one_factor_never_opens_the_office(method: Method) -> None:
    assert not rules.SIGN_IN_METHODS[method].opens_office


def test_check_02_what_can_be_given_away_on_a_false_page_is_called_phishable() -> None:
    strong = {m for m, way in rules.SIGN_IN_METHODS.items() if not way.phishable}
    assert strong == {Method.PASSKEY, Method.PASSWORD_AND_PASSKEY, Method.DEMO}
