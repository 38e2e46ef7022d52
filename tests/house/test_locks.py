"""The locks name each package exactly, by hash, without any address, and fit pyproject.toml."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RUN, DEV = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)
ADDRESS = re.compile(
    r"\w+://|@ |--(?:extra-)?index|--find-links|--trusted-host|\.(?:com|org|net|io|dev)\b"
)


def _pins(lock: Path) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for package, version in PIN.findall(lock.read_text("utf-8")):
        found.setdefault(canonicalize_name(package), []).append(Version(version))
    return found


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (RUN, PROJECT["dependencies"]),
        (DEV, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
    ],
    ids=["run", "dev"],
)
def test_lock_fits_the_project(lock: Path, wanted: list[str]):
    pins = _pins(lock)
    unmet = [
        line
        for line in wanted
        if (requirement := Requirement(line))
        if not any(
            requirement.specifier.contains(version)
            for version in pins.get(canonicalize_name(requirement.name), [])
        )
    ]
    assert unmet == [], "run `make lock`"


def test_both_locks_agree():
    run, dev = _pins(RUN), _pins(DEV)
    assert {package: dev.get(package) for package in run} == run


@pytest.mark.parametrize("lock", [RUN, DEV], ids=["run", "dev"])
def test_every_package_has_hashes(lock: Path):
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text("utf-8"))
    assert len(entries) > 50
    assert [entry[:60] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", [RUN, DEV], ids=["run", "dev"])
def test_lock_names_no_address(lock: Path):
    lines = lock.read_text("utf-8").splitlines()
    assert [line for line in lines if "--hash=" not in line and ADDRESS.search(line)] == []


def test_npm_lock_names_no_address():
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert [path for path, entry in packages.items() if "resolved" in entry] == []
    assert [path for path, entry in packages.items() if "integrity" not in entry] == []


def test_npm_lock_fits_the_package_list():
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    assert lock["packages"][""]["dependencies"] == wanted
