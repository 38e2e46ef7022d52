"""The one door: every command is in the help, and the two that count do what CI does."""

import re
import subprocess

from tests.house.tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
STEPS = {"system-run", "system-test", "venv", "python-run", "python-dev", "npm", "vendor"}
STEPS |= {"ready-run", "ready-test", "browser"}


def _targets() -> set[str]:
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    return {target for line in phony for target in line.split()}


def _make(*arguments: str) -> str:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_help_lists_every_command():
    listed = set(re.findall(r"^make ([a-z0-9-]+) ", _make("help"), re.MULTILINE))
    assert listed == _targets() - STEPS
    assert {"run", "test", "check", "bench", "help"} <= listed


def test_make_alone_shows_the_help():
    assert _make() == _make("help")


def test_ci_calls_make_test_and_nothing_else():
    run = ROOT / ".ci" / "run"
    assert run.stat().st_mode & 0o111
    assert run.read_text().splitlines()[-1] == "make test"
    assert run.read_text().count("make") == 1


def test_every_recipe_can_be_read():
    for target in sorted(_targets() - {"clean"}):
        _make("--dry-run", target)


def test_check_49_an_audit_lists_what_is_installed_and_asks_for_advisories():
    recipe = _make("--dry-run", "audit")
    assert "cyclonedx-py environment" in recipe
    assert "pip-audit --disable-pip --require-hashes -r requirements.txt" in recipe
    assert "npm audit" in recipe
