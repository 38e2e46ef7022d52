"""Arrows and house rules, run as tests: import-linter's contracts and the ast-grep rules."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT, name, python_files

BIN = Path(sys.executable).parent


def test_arrows_run_down():
    done = subprocess.run(
        [BIN / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_own_rules_hold():
    done = subprocess.run(
        [BIN / "ast-grep", "scan", "-c", "tests/house/sgconfig.yml", "--color", "never", "portal"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_own_rules_bite(tmp_path: Path):
    bad = tmp_path / "portal" / "rooms" / "views.py"
    bad.parent.mkdir(parents=True)
    bad.write_text(
        "def change(session):\n"
        "    import os\n"
        "    session.flush()\n"
        "    session.flush()  # the id is needed below\n"
        "    session.commit()\n"
        "    if held.role == wanted or held.role in several or is_a(Role.TEAM_LEAD):\n"
        "        return select(datetime.now(UTC)), relationship('Room', backref='owner')\n"
    )
    done = subprocess.run(
        [BIN / "ast-grep", "scan", "-c", "tests/house/sgconfig.yml", "--json=compact", tmp_path],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    rules = {path.stem for path in (ROOT / "tests/house/rules").glob("*.yml")}
    assert all(f'"ruleId":"{rule}"' in done.stdout for rule in rules), done.stdout
    assert done.stdout.count('"ruleId":"bare-flush"') == 1
    assert done.stdout.count('"ruleId":"rights-not-roles"') == 3


def test_imports_stand_at_the_top_of_tests_too():
    found = [
        f"{name(path)}:{inner.lineno}"
        for path in python_files("tests", "migrations")
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []
