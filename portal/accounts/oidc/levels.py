"""Levels of trust: what the words of a provider (`acr`) mean here, and how to ask for them.

1 is an account, 2 a person who has been identified, 3 the electronic identity card („hoch“).
A word that the operator has not put into PORTAL_OIDC_LEVELS means nothing: level 0, refused.
"""

from collections.abc import Collection, Iterable, Mapping

LOWEST, HIGHEST = 1, 3


def read(entries: Iterable[str]) -> dict[str, int]:
    """Read entries such as `substantial=2`; `Settings.problems()` has named the wrong ones."""
    pairs = (entry.rpartition("=") for entry in entries)
    return {acr: int(level) for acr, _, level in pairs if acr}


def level_of(acr: object, levels: Mapping[str, int]) -> int:
    """Return the level that `acr` stands for; 0 if it is missing or unknown."""
    return levels.get(acr, 0) if isinstance(acr, str) else 0


def acr_values(
    levels: Mapping[str, int], *, at_least: int, wanted: int, supported: Collection[str]
) -> list[str]:
    """Return the words to ask with, best first: the wanted level, higher ones, then lower ones.

    Only words that the provider says it knows are sent, as far as it says so: a list of synonyms
    would hide the order of preference that OpenID Connect Core 3.1.2.1 gives `acr_values`.
    """
    known = {acr: level for acr, level in levels.items() if level >= at_least}
    if supported:
        known = {acr: level for acr, level in known.items() if acr in supported}

    def preference(acr: str) -> tuple[bool, int]:
        level = known[acr]
        return (level < wanted, level if level >= wanted else -level)

    return sorted(known, key=preference)
