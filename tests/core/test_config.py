"""No office for real people starts with an example secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.core import jobs
from portal.core.config import DEMO_SECRET, LANES, Settings, Unreadable

GOOD = "k" * 40


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PORTAL_{name.upper()}", raising=False)
        monkeypatch.delenv(f"PORTAL_{name.upper()}_FILE", raising=False)
    return


def settings(**fields: object) -> Settings:
    return Settings(
        **{"secret_key": GOOD, "ticket_keys": (GOOD,), "base_url": "https://x.example", **fields}  # type: ignore[arg-type]
    )


def test_a_complete_configuration_has_no_problem() -> None:
    assert settings().problems() == []


@pytest.mark.parametrize("secret", ["", "short", "k" * 31, DEMO_SECRET])
@pytest.mark.parametrize("name", ["secret_key", "ticket_keys"])
def test_a_short_or_example_secret_is_named(name: str, secret: str) -> None:
    value = (GOOD, secret) if name == "ticket_keys" else secret
    [problem] = settings(**{name: value}).problems()
    assert problem.startswith(f"PORTAL_{name.upper()} ")
    if secret:
        assert secret not in problem.partition("Vorschlag")[0]


def test_each_start_without_settings_is_refused() -> None:
    assert len(Settings().problems()) == 3


def test_the_proposed_secret_is_good_and_never_the_same() -> None:
    def proposal() -> str:
        return settings(secret_key="x").problems()[0].rpartition(" ")[2]

    assert proposal() != proposal()
    assert settings(secret_key=proposal()).problems() == []


@pytest.mark.parametrize("lanes", [(), ("usual", "fast")])
def test_a_worker_has_lanes_that_there_are(lanes: tuple[str, ...]) -> None:
    assert any("PORTAL_WORKER_LANES" in one for one in settings(worker_lanes=lanes).problems())
    assert set(LANES) == {lane.name.lower() for lane in jobs.Lane}


def test_without_tls_no_real_office() -> None:
    assert any("https" in problem for problem in settings(base_url="http://x").problems())


def test_the_demo_needs_nothing() -> None:
    assert Settings(demo=True).problems() == []
    assert not Settings(demo=True).is_secure


def test_the_environment_is_read_with_its_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TICKET_KEYS", " one , two ")
    monkeypatch.setenv("PORTAL_INTERFACES", "staff")
    monkeypatch.setenv("PORTAL_DATA_DIR", "/srv/portal")
    monkeypatch.setenv("PORTAL_TRUSTED_PROXIES", "2")
    found = Settings()
    assert found.ticket_keys == ("one", "two")
    assert found.interfaces == ("staff",)
    assert found.data_dir == Path("/srv/portal")
    assert found.trusted_proxies == 2


OIDC = {
    "oidc_issuer": "https://id.example/realms/portal",
    "oidc_client_id": "portal",
    "oidc_client_secret": "geheim",
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None), ({"oidc_hosts": ("https://login.example:8443",)}, None),
        ({"oidc_client_id": ""}, "PORTAL_OIDC_CLIENT_ID fehlt."),
        ({"oidc_client_secret": ""}, "PORTAL_OIDC_CLIENT_SECRET fehlt."),
        ({"oidc_issuer": ""}, "PORTAL_OIDC_ISSUER fehlt."),
        ({"oidc_issuer": "http://id.example"}, "PORTAL_OIDC_ISSUER muss mit https://"),
        ({"oidc_issuer": "http://127.0.0.1:3000"}, "PORTAL_OIDC_ISSUER muss mit https://"),
        ({"oidc_issuer": "https://id.example?a=b"}, "PORTAL_OIDC_ISSUER muss mit https://"),
        ({"oidc_issuer": "https://a:b@id.example"}, "PORTAL_OIDC_ISSUER muss mit https://"),
        ({"oidc_issuer": "https://["}, "PORTAL_OIDC_ISSUER muss mit https://"),
        ({"oidc_issuer": "id.example"}, "PORTAL_OIDC_ISSUER muss mit https://"),
        ({"oidc_hosts": ("https://x.example", "x")}, "PORTAL_OIDC_HOSTS muss mit https://"),
        ({"oidc_levels": ("low=1", "high=4")}, "PORTAL_OIDC_LEVELS: „high=4“"),
        ({"oidc_levels": ("high",)}, "PORTAL_OIDC_LEVELS: „high“"),
    ],
)  # fmt: skip
def test_a_half_configured_provider_is_named(
    changes: dict[str, object], problem: str | None
) -> None:
    found = settings(**{**OIDC, **changes}).problems()
    assert [one.startswith(problem or "") for one in found] == [True] * bool(problem)


def test_the_demo_may_ask_a_provider_on_this_machine() -> None:
    here = {**OIDC, "oidc_issuer": "http://127.0.0.1:3000"}
    assert settings(demo=True, **here).problems() == []
    assert settings(demo=True, **{**here, "oidc_client_id": ""}).problems()
    assert settings(demo=True, **{**here, "oidc_issuer": "http://id.example"}).problems()


def test_an_empty_list_of_addresses_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_OIDC_HOSTS", "")
    monkeypatch.setenv("PORTAL_OIDC_LEVELS", " gold=3 ,, ")
    assert Settings().oidc_hosts == ()
    assert Settings().oidc_levels == ("gold=3",)


def test_settings_do_not_change_under_way() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().demo = True  # type: ignore[misc]


def test_every_setting_is_explained() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_check_47_a_secret_may_lie_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text("n" * 40 + "," + "o" * 40 + "\n", "utf-8")
    (tmp_path / "port").write_text("9000\n", "utf-8")
    monkeypatch.setenv("PORTAL_SECRET_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("PORTAL_TICKET_KEYS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("PORTAL_PORT_FILE", str(tmp_path / "port"))
    monkeypatch.setenv("PORTAL_SECRET_KEY", "the file counts")
    found = Settings()
    assert found.secret_keys == ("n" * 40, "o" * 40)
    assert found.ticket_keys == ("n" * 40, "o" * 40)
    assert found.port == 9000
    assert Settings(port=1).port == 1


def test_check_47_a_file_that_is_missing_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(Unreadable, match=r"PORTAL_SECRET_KEY_FILE.*nicht lesbar"):
        Settings()


def test_check_47_each_key_of_the_ring_must_be_good() -> None:
    [problem] = settings(secret_key=f"{GOOD},short").problems()
    assert problem.startswith("PORTAL_SECRET_KEY ")
    assert settings(secret_key=f"{GOOD},{GOOD[::-1]}x").problems() == []
