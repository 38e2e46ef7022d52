"""The TURN servers for closed networks, with names and passwords that are good for a day.

The scheme of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00): the name is the second
at which it ends and who it was made for, the password its HMAC-SHA1 under a secret that portal and
TURN server share. No account is stored anywhere.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from portal.core.config import Settings

VALID_FOR = timedelta(hours=12)
"""As long as the longest talk may take, and a bit: a name that has ended closes the relay."""


def ice_servers(settings: Settings, *, name: str, now: datetime) -> list[dict[str, object]]:
    """Return what `RTCPeerConnection` takes as `iceServers`; nothing without a TURN server."""
    if not (settings.turn_urls and settings.turn_secret):
        return []
    user = f"{int((now + VALID_FOR).timestamp())}:{name}"
    # SHA-1 is what the TURN server computes; as HMAC it is not broken (RFC 6151 says so of MD5).
    digest = hmac.new(settings.turn_secret.encode(), user.encode(), hashlib.sha1).digest()
    password = base64.b64encode(digest).decode()
    return [{"urls": list(settings.turn_urls), "username": user, "credential": password}]
