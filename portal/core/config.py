"""Configuration from the environment (`PORTAL_…`), typed; README.md has the table.

Each setting may lie in a file instead, as operators keep secrets: `PORTAL_SECRET_KEY_FILE` names
the file whose content is the value of `PORTAL_SECRET_KEY`. If both are set, the file counts.

The defaults make `portal up --demo` work. Without the demo, `Settings.problems()` names each
default or short secret, and the start is refused.
"""

import os
import re
import secrets
import sys
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from portal.core import working_days

DEMO_SECRET = "only-for-the-demo-office-never-in-production"  # noqa: S105 (refused outside the demo)
SHORTEST_SECRET = 32
LOOPBACK = {"localhost", "127.0.0.1", "::1"}

# What providers call their levels of trust: BundID and other SAML-like names, the eIDAS addresses,
# the numbers of Keycloak.
OIDC_LEVELS = (
    "low=1", "substantial=2", "high=3",
    "http://eidas.europa.eu/LoA/low=1", "http://eidas.europa.eu/LoA/substantial=2",
    "http://eidas.europa.eu/LoA/high=3",
    "STORK-QAA-Level-1=1", "STORK-QAA-Level-3=2", "STORK-QAA-Level-4=3",
    "1=1", "2=2", "3=3",
)  # fmt: skip


# The push services of Chrome, Firefox, Safari and Edge.
PUSH_HOSTS = (
    "fcm.googleapis.com", "updates.push.services.mozilla.com", ".push.apple.com",
    ".notify.windows.com",
)  # fmt: skip


class Unreadable(Exception):
    """The file that a setting names cannot be read; the sentence says which and why."""


def variable(name: str) -> str:
    """Return the environment variable of the field `name`."""
    return f"PORTAL_{name.upper()}"


def file_of(name: str) -> str | None:
    """Return the path of the file in which the value of this field lies, if one is named."""
    return os.environ.get(f"{variable(name)}_FILE") or None


class _Files(PydanticBaseSettingsSource):
    """Read the settings that lie in files."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the content of the file, without the line break at its end."""
        path = file_of(field_name)
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text("utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise Unreadable(f"{variable(field_name)}_FILE: {path} ist nicht lesbar.") from error

    def __call__(self) -> dict[str, Any]:
        """Return what lies in files."""
        names = [name for name in self.settings_cls.model_fields if file_of(name)]
        fields = self.settings_cls.model_fields
        return {name: self.get_field_value(fields[name], name)[0] for name in names}


def _words(value: object) -> object:
    return tuple(word.strip() for word in value.split(",")) if isinstance(value, str) else value


def _words_or_none(value: object) -> object:
    """Read a list that may be empty; for keys an empty word must stay, so that it is named."""
    found = _words(value)
    return tuple(word for word in found if word) if isinstance(found, tuple) else found


LANES = ("prompt", "usual", "slow")


class Settings(BaseSettings):
    """What an operator can set. Every field is one environment variable `PORTAL_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", frozen=True, extra="ignore")

    demo: bool = Field(
        default=False, description="Demo-Büro mit erfundenen Fällen und `/dev` einschalten"
    )
    database_url: str = Field("", description="PostgreSQL ab 15; leer = eingebettetes PostgreSQL")
    database_owner_url: str = Field(
        "", description="Adresse des Eigentümers der Tabellen, nur für migrate, backup und restore"
    )
    data_dir: Path = Field(Path(".data"), description="Ordner für Datenbank und Dateien")
    store_url: str = Field(
        "", description="Dateiablage `s3://bucket/ordner`; leer = `files` im Datenordner"
    )
    store_endpoint: str = Field("", description="Adresse des S3-Dienstes (https); leer = AWS")
    store_region: str = Field("eu-central-1", description="Region des S3-Dienstes")
    store_access_key: str = Field("", description="Kennung des Portals beim S3-Dienst")
    store_secret_key: str = Field("", description="Geheimnis des Portals beim S3-Dienst")
    clamd_url: str = Field(
        "",
        description="Virenprüfung (clamd): `unix:/pfad` oder `tcp://host:3310`, unverschlüsselt, "
        "also auf derselben Maschine oder im geschlossenen Netz; leer = Dateien bleiben ungeprüft "
        "und werden niemandem gezeigt (im Demo-Büro: nur das Testzeichen EICAR)",
    )
    scan_dir: str = Field(
        "", description="Ordner, in den der Scanner der Poststelle legt; leer = kein Papiereingang"
    )
    anchor_dir: str = Field(
        "", description="Ordner für die Anker des Protokolls; leer = `anchors` im Datenordner"
    )
    secret_key: str = Field(
        DEMO_SECRET,
        description="Schlüssel für Sitzungen, Formulare und Verschlüsseltes; mehrere durch Komma, "
        "der erste unterschreibt und verschlüsselt",
    )
    ticket_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (DEMO_SECRET,), description="Schlüssel für Gesprächs-Tickets, der erste unterschreibt"
    )
    host: str = Field("127.0.0.1", description="Adresse, auf der web lauscht")
    port: int = Field(8000, description="Port, auf dem web lauscht")
    base_url: str = Field("http://localhost:8000", description="Öffentliche Adresse des Portals")
    media_url: str = Field("ws://localhost:8001", description="Öffentliche Adresse von media")
    media_internal_url: str = Field(
        "http://127.0.0.1:8001", description="Adresse von media für den Aufruf aus web"
    )
    media_nodes: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Mehrere Videoserver: `name=wss://außen|http://innen`, mit Komma getrennt; der "
        "Name ist sein `PORTAL_MEDIA_NODE`; leer = nur der eine Server",
    )
    turn_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="TURN-Server für Netze, die UDP sperren: `turns:turn.example:443`"
    )
    turn_secret: str = Field("", description="Gemeinsames Geheimnis mit dem TURN-Server (coturn)")
    interfaces: Annotated[tuple[str, ...], NoDecode] = Field(
        ("citizen", "staff"), description="Welche Oberflächen dieser Prozess zeigt"
    )
    web_workers: int = Field(2, ge=1, description="Prozesse des Web-Servers")
    web_threads: int = Field(8, ge=1, description="Threads je Prozess")
    worker_lanes: Annotated[tuple[str, ...], NoDecode] = Field(
        LANES,
        description="Welche Aufträge worker ausführt: `prompt` (jemand wartet), `usual`, `slow` "
        "(Texterkennung); auf anderen Rechnern die anderen",
    )
    smtp_url: str = Field("", description="smtp://name:wort@host:port; leer = Demo-Postfach")
    mail_from: str = Field("portal@jobcenter.example", description="Absender der E-Mails")
    smtp_per_minute: int = Field(
        0, ge=0, description="Wie viele E-Mails der Mailserver je Minute nimmt; 0 = beliebig viele"
    )
    bounce_address: str = Field(
        "",
        description="Adresse, an die nicht zustellbare E-Mails zurückgehen, zum Beispiel "
        "`bounce@jobcenter.example`; der Mailserver muss auch `bounce+…@` annehmen und an "
        "`portal mail-in` oder in `PORTAL_MAIL_DIR` geben; leer = an den Absender, dort liest sie "
        "nur ein Mensch",
    )
    mail_dir: str = Field(
        "", description="Maildir, in das der Mailserver legt, was zurückkommt; leer = keins"
    )
    sms_url: str = Field("", description="Adresse des SMS-Dienstes (https); leer = Demo-Postfach")
    sms_token: str = Field("", description="Geheimnis des Portals beim SMS-Dienst (Bearer)")
    sms_from: str = Field("Jobcenter", description="Absender der SMS")
    push_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        PUSH_HOSTS,
        description="Push-Dienste der Browser, die gerufen werden dürfen; mit Punkt davor alle "
        "Namen darunter; leer = keine Meldungen im Browser",
    )
    jobcenter_name: str = Field("Jobcenter Lindenau", description="Name des Jobcenters")
    jobcenter_address: str = Field(
        "Rathausplatz 1, 35390 Lindenau", description="Anschrift des Jobcenters"
    )
    jobcenter_phone: str = Field("0641 555 0", description="Telefon des Jobcenters")
    benefit_name: str = Field(
        "Grundsicherungsgeld", description="Name der Leistung (seit 1.7.2026)"
    )
    land: str = Field(
        "HE",
        description="Land, dessen Feiertage gelten; dahinter mit Komma, was die Gemeinde dazu hat: "
        "`BY,catholic`, `BY,Augsburg`, `BY,08-08=Friedensfest`",
    )
    closed_days: str = Field(
        "12-24=Heiligabend,12-31=Silvester",
        description="Tage, an denen das Haus zu hat; sie verschieben keine Frist: "
        "`12-24=Heiligabend`, `2026-09-04=Betriebsausflug`",
    )
    housing_limits: str = Field(
        "",
        description="Datei (YAML) mit den örtlichen Grenzen für die Miete, für die Anspruchs-"
        "Schätzung; leer = erfundene Beispielwerte",
    )
    trusted_proxies: int = Field(0, ge=0, description="Anzahl vertrauter Proxys vor web")
    oidc_issuer: str = Field(
        "", description="Anmeldung über einen OpenID-Anbieter: sein Name (`issuer`); leer = aus"
    )
    oidc_client_id: str = Field("", description="Kennung des Portals beim Anbieter")
    oidc_client_secret: str = Field("", description="Geheimnis des Portals beim Anbieter")
    oidc_name: str = Field("BundID", description="Name des Anbieters auf dem Knopf")
    oidc_levels: Annotated[tuple[str, ...], NoDecode] = Field(
        OIDC_LEVELS,
        description="Welcher `acr`-Wert welche Vertrauensstufe gibt (1 Konto, 2 Person, 3 Ausweis);"
        " andere Werte werden abgelehnt",
    )
    oidc_asked_level: int = Field(
        2, ge=1, le=3, description="Vertrauensstufe, um die bei der Anmeldung gebeten wird"
    )
    oidc_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Weitere Adressen (`https://…`), auf denen der Anbieter antwortet"
    )
    outbound_private: bool = Field(
        default=False, description="Aufrufe in private Netze erlauben (Anbieter im eigenen Haus)"
    )
    outbound_ca_file: str = Field("", description="Eigene Zertifikate (PEM) für Aufrufe nach außen")
    metrics_token: str = Field(
        "", description="Kennwort für `/metrics` (Bearer); leer = die Adresse gibt es nicht"
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Protokoll als Text oder als JSON, ein Eintrag je Zeile"
    )

    _split = field_validator("ticket_keys", "interfaces", "worker_lanes", mode="before")(_words)
    _split_maybe = field_validator(
        "oidc_levels", "oidc_hosts", "turn_urls", "media_nodes", "push_hosts", mode="before"
    )(_words_or_none)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what code says first, then files, then the environment."""
        return init_settings, _Files(settings_cls), env_settings

    @property
    def is_secure(self) -> bool:
        """Tell whether people reach the portal over TLS; cookies are `__Host-` then."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """Return the ring of `secret_key`: the first works, all are understood (rotation)."""
        return tuple(key.strip() for key in self.secret_key.split(","))

    @property
    def anchors(self) -> Path:
        """Return the folder of the anchors, which may be a disk elsewhere."""
        return Path(self.anchor_dir) if self.anchor_dir else self.data_dir / "anchors"

    @property
    def owner_url(self) -> str:
        """Return the address that may change tables; without one of its own, the common one."""
        return self.database_owner_url or self.database_url

    def for_serving(self) -> "Settings":
        """Leave out what web and worker must not know: the address of the owner."""
        return self.model_copy(update={"database_owner_url": ""})

    def problems(self) -> list[str]:
        """Name each reason why this configuration must not serve real people."""
        return self._outside_problems() if self.demo else self._serious_problems()

    def _serious_problems(self) -> list[str]:
        secrets_in_use = {"SECRET_KEY": self.secret_keys, "TICKET_KEYS": self.ticket_keys}
        if self.metrics_token:
            secrets_in_use["METRICS_TOKEN"] = (self.metrics_token,)
        found = [
            f"PORTAL_{name} ist der Beispielwert oder kürzer als {SHORTEST_SECRET} Zeichen. "
            f"Vorschlag: {secrets.token_urlsafe(SHORTEST_SECRET)}"
            for name, values in secrets_in_use.items()
            if any(len(value) < SHORTEST_SECRET or value == DEMO_SECRET for value in values)
        ]
        if not self.is_secure:
            found.append("PORTAL_BASE_URL muss mit https:// beginnen.")
        return found + self._outside_problems()

    def _outside_problems(self) -> list[str]:
        """Name what is missing or unsafe in what the portal calls outside the house."""
        return [
            *self._oidc_problems(),
            *self._mail_problems(),
            *self._sms_problems(),
            *self._store_problems(),
            *self._lane_problems(),
            *self._day_problems(),
            *self._media_problems(),
        ]

    def _day_problems(self) -> list[str]:
        """Name what is no Land, no word for a municipality and no day."""
        wrong = {
            "LAND": working_days.misread_land(self.land),
            "CLOSED_DAYS": working_days.misread(self.closed_days),
        }
        return [
            f"PORTAL_{name}: „{part}“ ist nicht zu lesen."
            for name, parts in wrong.items()
            for part in parts
        ]

    def _media_problems(self) -> list[str]:
        """Name what is unreadable or missing about media servers and the way out of closed nets."""
        found = [
            f"PORTAL_MEDIA_NODES: „{entry}“ hat nicht die Form name=wss://…|http://…."
            for entry in self.media_nodes
            if not re.fullmatch(r"[\w.-]{1,64}=wss?://[^\s|,;]+\|https?://[^\s|,;]+", entry)
        ]
        if bool(self.turn_urls) != bool(self.turn_secret):
            found.append("PORTAL_TURN_URLS und PORTAL_TURN_SECRET gehören zusammen.")
        if not all(re.match(r"turns?:", url) for url in self.turn_urls):
            found.append("PORTAL_TURN_URLS: jede Adresse beginnt mit turn: oder turns:.")
        return found

    def _lane_problems(self) -> list[str]:
        """Name a lane of jobs that does not exist, or say that there is none."""
        if self.worker_lanes and set(self.worker_lanes) <= set(LANES):
            return []
        return [f"PORTAL_WORKER_LANES: erlaubt sind {', '.join(LANES)}."]

    def _store_problems(self) -> list[str]:
        """Name what is missing or unsafe on the way to the file store and the virus scanner."""
        found = []
        if self.store_url:
            if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+(/[\w./-]*)?", self.store_url):
                found.append("PORTAL_STORE_URL muss die Form s3://bucket/ordner haben.")
            if self.store_endpoint and not self._is_safe(self.store_endpoint):
                found.append("PORTAL_STORE_ENDPOINT muss mit https:// beginnen, ohne ? und #.")
            if not (self.store_access_key and self.store_secret_key):
                found.append("PORTAL_STORE_ACCESS_KEY und PORTAL_STORE_SECRET_KEY fehlen.")
        if self.clamd_url and not re.fullmatch(r"tcp://[^/:]+:\d+|unix:/.+", self.clamd_url):
            found.append("PORTAL_CLAMD_URL muss die Form tcp://host:port oder unix:/pfad haben.")
        return found

    def _oidc_problems(self) -> list[str]:
        """Name what is missing or unsafe in the sign-in with a provider."""
        needed = ("oidc_issuer", "oidc_client_id", "oidc_client_secret")
        missing = [name for name in needed if not getattr(self, name)]
        if len(missing) == len(needed):
            return []
        found = [f"PORTAL_{name.upper()} fehlt." for name in missing]
        for name, addresses in (("ISSUER", (self.oidc_issuer,)), ("HOSTS", self.oidc_hosts)):
            if any(address and not self._is_safe(address) for address in addresses):
                found.append(f"PORTAL_OIDC_{name} muss mit https:// beginnen, ohne ? und #.")
        wrong = [one for one in self.oidc_levels if not re.fullmatch(r".+=[123]", one)]
        if wrong:
            found.append(
                f"PORTAL_OIDC_LEVELS: „{wrong[0]}“ ist nicht `acr=1`, `acr=2` oder `acr=3`."
            )
        return found

    def _mail_problems(self) -> list[str]:
        """Name an address at which no mail could come back."""
        address = self.bounce_address
        if not address or re.fullmatch(r"[\w.-]{1,20}@[\w.-]+", address, re.ASCII):
            return []
        return ["PORTAL_BOUNCE_ADDRESS: vor dem @ stehen höchstens 20 einfache Zeichen, ohne +."]

    def _sms_problems(self) -> list[str]:
        """Name what is missing or unsafe on the way to the SMS gateway."""
        if not self.sms_url:
            return []
        found = []
        if not self._is_safe(self.sms_url):
            found.append("PORTAL_SMS_URL muss mit https:// beginnen, ohne ? und #.")
        if not self.sms_token:
            found.append("PORTAL_SMS_TOKEN fehlt.")
        return found

    def _is_safe(self, address: str) -> bool:
        """Tell whether `address` is TLS, or the demo's own machine."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        if not parts.hostname or parts.query or parts.fragment or parts.username is not None:
            return False
        return parts.scheme == "https" or (
            self.demo and parts.scheme == "http" and parts.hostname in LOOPBACK
        )


def table() -> str:
    """Write every setting as one row of a Markdown table, as README.md shows it."""
    rows = ["| Variable | Vorgabe | Bedeutung |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        shown = f"`{default}`" if default != "" else "leer"
        told = str(field.description).replace("|", "\\|")  # a bar ends a cell
        rows.append(f"| `{variable(name)}` | {shown} | {told} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
