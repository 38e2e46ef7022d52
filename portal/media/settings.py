"""Settings of the media process, from the environment only (PORTAL_MEDIA_…)."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from portal.media.tickets import SEATS

CommaList = Annotated[list[str], NoDecode]
KEY_MIN_LENGTH = 16


class Settings(BaseSettings):
    """Everything an operator may set; the defaults serve one machine without TLS."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_MEDIA_", populate_by_name=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8001, ge=0, le=65535)
    """Address of the signalling (HTTP and WebSocket), usually behind the reverse proxy."""

    udp_host: str = "127.0.0.1"
    udp_port: int = Field(default=8002, ge=0, le=65535)
    """Address to bind for media; 0.0.0.0 on a public machine. ICE-TCP takes the same number."""

    tcp: bool = True
    """Offer ICE-TCP beside UDP, for networks that block UDP."""

    public_address: str = "127.0.0.1"
    """The IP address that browsers reach this machine at; it stands in the candidates."""

    ticket_keys: CommaList = Field(validation_alias="PORTAL_TICKET_KEYS", repr=False)
    """Keys shared with Flask, the newest first."""

    events_url: str = "http://127.0.0.1:8000/intern/medien/ereignisse"
    allowed_origins: CommaList = []
    """Origins whose pages may connect; empty means the origin of this server itself."""

    node: str = Field(default="", max_length=64)
    """Name of this node; it refuses tickets that name another. Empty takes only those for any."""

    room_limit: int = Field(default=SEATS, ge=2, le=SEATS)
    session_limit: float = Field(default=4 * 3600.0, gt=0)
    """Seconds after which a participant is shown out, whatever happens."""

    away_limit: float = Field(default=60.0, gt=0)
    """Seconds that a place is kept for somebody whose connection broke."""

    quality_interval: float = Field(default=30.0, gt=0)
    load_interval: float = Field(default=5.0, gt=0)
    """Seconds between two heartbeats of a node that has a name."""

    drain_limit: float = Field(default=2 * 3600.0, ge=0)
    """Seconds after SIGTERM in which running talks may finish: twice the longest usual talk (30 to
    60 minutes). The service manager must wait longer before it kills. 0 moves them at once."""

    @field_validator("ticket_keys", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @model_validator(mode="after")
    def _refuse_short_keys(self) -> Self:
        if not self.ticket_keys or min(map(len, self.ticket_keys)) < KEY_MIN_LENGTH:
            raise ValueError(
                f"PORTAL_TICKET_KEYS needs keys of {KEY_MIN_LENGTH} characters or more"
            )
        return self
