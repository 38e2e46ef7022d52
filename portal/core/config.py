"""Configuration from the environment (`PORTAL_…`), typed; README.md has the table.

The defaults make `portal up --demo` work. Without the demo, `Settings.problems()` names each
default or short secret, and the start is refused.
"""

import secrets
import sys
from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DEMO_SECRET = "only-for-the-demo-office-never-in-production"  # noqa: S105 (refused outside the demo)
SHORTEST_SECRET = 32


def _words(value: object) -> object:
    return tuple(word.strip() for word in value.split(",")) if isinstance(value, str) else value


class Settings(BaseSettings):
    """What an operator can set. Every field is one environment variable `PORTAL_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", frozen=True, extra="ignore")

    demo: bool = Field(
        default=False, description="Demo-Büro mit erfundenen Fällen und `/dev` einschalten"
    )
    database_url: str = Field("", description="PostgreSQL ab 15; leer = eingebettetes PostgreSQL")
    data_dir: Path = Field(Path(".data"), description="Ordner für Datenbank und Dateien")
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
    interfaces: Annotated[tuple[str, ...], NoDecode] = Field(
        ("citizen", "staff"), description="Welche Oberflächen dieser Prozess zeigt"
    )
    web_workers: int = Field(2, ge=1, description="Prozesse des Web-Servers")
    web_threads: int = Field(8, ge=1, description="Threads je Prozess")
    smtp_url: str = Field("", description="smtp://name:wort@host:port; leer = Demo-Postfach")
    mail_from: str = Field("portal@jobcenter.example", description="Absender der E-Mails")
    sms_url: str = Field("", description="Adresse des SMS-Dienstes (https); leer = Demo-Postfach")
    sms_token: str = Field("", description="Geheimnis des Portals beim SMS-Dienst (Bearer)")
    sms_from: str = Field("Jobcenter", description="Absender der SMS")
    jobcenter_name: str = Field("Jobcenter Lindenau", description="Name des Jobcenters")
    jobcenter_address: str = Field(
        "Rathausplatz 1, 35390 Lindenau", description="Anschrift des Jobcenters"
    )
    jobcenter_phone: str = Field("0641 555 0", description="Telefon des Jobcenters")
    benefit_name: str = Field(
        "Grundsicherungsgeld", description="Name der Leistung (seit 1.7.2026)"
    )
    land: str = Field("HE", description="Land, dessen Feiertage gelten")
    trusted_proxies: int = Field(0, ge=0, description="Anzahl vertrauter Proxys vor web")

    _split = field_validator("ticket_keys", "interfaces", mode="before")(_words)

    @cached_property
    def is_secure(self) -> bool:
        """Tell whether people reach the portal over TLS; cookies are `__Host-` then."""
        return urlsplit(self.base_url).scheme == "https"

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """Return the ring of `secret_key`: the first works, all are understood (rotation)."""
        return tuple(key.strip() for key in self.secret_key.split(","))

    def problems(self) -> list[str]:
        """Name each reason why this configuration must not serve real people."""
        if self.demo:
            return self._sms_problems()
        secrets_in_use = {"SECRET_KEY": self.secret_keys, "TICKET_KEYS": self.ticket_keys}
        found = [
            f"PORTAL_{name} ist der Beispielwert oder kürzer als {SHORTEST_SECRET} Zeichen. "
            f"Vorschlag: {secrets.token_urlsafe(SHORTEST_SECRET)}"
            for name, values in secrets_in_use.items()
            if any(len(value) < SHORTEST_SECRET or value == DEMO_SECRET for value in values)
        ]
        if not self.is_secure:
            found.append("PORTAL_BASE_URL muss mit https:// beginnen.")
        return found + self._sms_problems()

    def _sms_problems(self) -> list[str]:
        """Name what is missing or unsafe on the way to the SMS gateway."""
        if not self.sms_url:
            return []
        found = []
        gateway = urlsplit(self.sms_url)
        is_here = self.demo and gateway.hostname in {"localhost", "127.0.0.1", "::1"}
        if gateway.scheme != "https" and not is_here:
            found.append("PORTAL_SMS_URL muss mit https:// beginnen.")
        if not self.sms_token:
            found.append("PORTAL_SMS_TOKEN fehlt.")
        return found


def table() -> str:
    """Write every setting as one row of a Markdown table, as README.md shows it."""
    rows = ["| Variable | Vorgabe | Bedeutung |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        shown = f"`{default}`" if default != "" else "leer"
        rows.append(f"| `PORTAL_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
