"""VP8 picture numbers that run on when another stream takes over a slot (RFC 7741 section 4.2).

The payload descriptor stands in front of the picture and stays readable when the picture itself is
encrypted end to end. Decoders order pictures by these numbers, so a leap back could cost a freeze.
"""

from typing import NamedTuple

X_BIT = 0x80
I_BIT = 0x80
L_BIT = 0x40
M_BIT = 0x80


class Numbers(NamedTuple):
    """Where the numbers of a picture stand, 0 for nowhere, and their values."""

    long_at: int
    """Position of a PictureID of 15 bits."""
    short_at: int
    """Position of a PictureID of 7 bits."""
    picture: int
    level_at: int
    """Position of TL0PICIDX."""
    level: int


def read(payload: bytes) -> Numbers | None:
    """Read a payload descriptor, or return None where there are no numbers."""
    if len(payload) < 3 or not payload[0] & X_BIT:
        return None
    flags, position = payload[1], 2
    long_at = short_at = picture = level_at = level = 0
    if flags & I_BIT:
        if payload[2] & M_BIT:
            if len(payload) < 4:
                return None
            long_at, picture, position = 2, (payload[2] & 0x7F) << 8 | payload[3], 4
        else:
            short_at, picture, position = 2, payload[2], 3
    if flags & L_BIT and position < len(payload):
        level_at, level = position, payload[position]
    return Numbers(long_at, short_at, picture, level_at, level)


class PictureIds:
    """Shift the numbers of the stream that took over behind those of the one before."""

    __slots__ = ("_level", "_picture", "shifted")

    def __init__(self) -> None:
        self._picture = self._level = 0
        self.shifted = False
        """Whether there is anything to rewrite; in a talk without a switch there never is."""

    def run_on(self, last: bytes, first: bytes) -> None:
        """Continue the numbers of the last payload of one stream with the first of another."""
        before, after = read(last), read(first)
        if before is None or after is None:
            return
        self._picture = before.picture + self._picture + 1 - after.picture
        self._level = before.level + self._level + 1 - after.level
        self.shifted = True

    def rewrite(self, payload: bytes) -> bytes:
        """Return the payload with shifted numbers."""
        found = read(payload)
        if found is None:
            return payload
        changed = bytearray(payload)
        if found.long_at:
            picture = found.picture + self._picture & 0x7FFF
            changed[found.long_at] = M_BIT | picture >> 8
            changed[found.long_at + 1] = picture & 0xFF
        elif found.short_at:
            changed[found.short_at] = found.picture + self._picture & 0x7F
        if found.level_at:
            changed[found.level_at] = found.level + self._level & 0xFF
        return bytes(changed)
