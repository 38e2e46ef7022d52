"""Audio that carries its past along (RED, RFC 2198): passed on, renamed, or reduced to the present.

Sound is not decoded for it: a block is a length and bytes. Where both ends call Opus by the same
payload type nothing is read at all, so that end-to-end encrypted sound passes too.
"""

FOLLOWS_BIT = 0x80
BLOCK_HEADER_SIZE = 4
BLOCKS_MAX = 8


def blocks(payload: bytes) -> tuple[int, int] | None:
    """Return how many older blocks there are and where the newest begins, or None for nonsense."""
    position = older = skipped = 0
    while position < len(payload) and payload[position] & FOLLOWS_BIT:
        # RFC 2198 section 3: F bit, type (7), timestamp offset (14), length (10).
        if position + BLOCK_HEADER_SIZE > len(payload) or older == BLOCKS_MAX:
            return None
        skipped += (payload[position + 2] & 0x03) << 8 | payload[position + 3]
        position += BLOCK_HEADER_SIZE
        older += 1
    begin = position + 1 + skipped
    return (older, begin) if begin < len(payload) else None


def newest(payload: bytes) -> bytes:
    """Return the newest block alone, for who does not take redundancy; empty for nonsense."""
    found = blocks(payload)
    return payload[found[1] :] if found else b""


def renamed(payload: bytes, payload_type: int) -> bytes:
    """Return the payload with every block under the payload type of its receiver."""
    found = blocks(payload)
    if found is None:
        return b""
    changed = bytearray(payload)
    for block in range(found[0] + 1):
        position = block * BLOCK_HEADER_SIZE
        changed[position] = changed[position] & FOLLOWS_BIT | payload_type
    return bytes(changed)
