"""What stands in the small world: its things by endpoint, what is sent, the word to look for."""

from dataclasses import dataclass, field
from typing import Any

CANARY = "Zitronenzeisig"


@dataclass
class World:
    """What was built, as plain values: rows do not outlive the transaction of their request."""

    secrets: dict[str, str | None] = field(default_factory=dict)
    """Visitor → what the session cookie holds."""
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Endpoint, or blueprint, → the values of its URL parameters: things of Oksana's."""
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Endpoint → a plausible form; without one an empty form is sent."""
    queries: dict[str, str] = field(default_factory=dict)
    """Endpoint → a query string that would find Oksana."""
