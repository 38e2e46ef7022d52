"""Text blocks of reasons: those that come with the portal, and how the office's own replace them.

The words of the letters themselves are versioned templates in `templates/letters/`. What the office
changes are these blocks; a changed block is a new version, kept in `text_blocks`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from portal.core import placeholders
from portal.core.errors import InvalidInput
from portal.decisions.models import Ruling, TextBlock

LONGEST = 4000

KNOWN = (
    "name",
    "aktenzeichen",
    "antrag",
    "antrag_vom",
    "ab",
    "bis",
    "aufforderung_vom",
    "aufforderung_bis",
    "widerspruch_vom",
    "bescheid_vom",
    "frist_bis",
)
"""The placeholders that a text block can hold; `letters.values` fills them."""

_GIVING = (Ruling.GRANTED, Ruling.PARTLY_GRANTED, Ruling.REMEDIED, Ruling.PARTLY_REMEDIED)


@dataclass(frozen=True)
class Block:
    """One text block as it reads now."""

    key: str
    version: int
    title: str
    text: str
    rulings: tuple[Ruling, ...]

    @property
    def written(self) -> dict[str, Any]:
        """Return it as a decision keeps it."""
        return {"key": self.key, "version": self.version, "title": self.title, "text": self.text}


# The paragraphs are certain [A]; the sentences are the house's own and need a lawyer's eye.
SHIPPED: tuple[Block, ...] = (
    Block(
        "vollstaendig",
        0,
        "Angaben sind vollständig",
        "Sie haben den Antrag „{{ antrag }}“ am {{ antrag_vom }} gestellt. Ihre Angaben und "
        "Nachweise sind vollständig.",
        _GIVING,
    ),
    Block(
        "einkommen",
        0,
        "Einkommen wird angerechnet",
        "Auf den Bedarf rechnen wir das Einkommen an, das Sie angegeben haben (§§ 11 bis 11b SGB "
        "II). Was davon frei bleibt, steht im Berechnungsbogen.",
        _GIVING,
    ),
    Block(
        "vorlaeufig",
        0,
        "Vorläufig wegen schwankendem Einkommen",
        "Wie hoch Ihr Einkommen in der Zeit vom {{ ab }} bis {{ bis }} sein wird, steht noch nicht "
        "fest. Deshalb entscheiden wir vorläufig (§ 41a Absatz 1 SGB II). Danach prüfen wir noch "
        "einmal und entscheiden abschließend.",
        _GIVING,
    ),
    Block(
        "einkommen_reicht",
        0,
        "Einkommen reicht aus",
        "Ihr Einkommen ist höher als Ihr Bedarf. Sie können Ihren Lebensunterhalt damit selbst "
        "sichern und sind nicht hilfebedürftig (§ 9 Absatz 1 in Verbindung mit §§ 11 bis 11b SGB "
        "II).",
        (Ruling.REJECTED,),
    ),
    Block(
        "vermoegen_reicht",
        0,
        "Vermögen ist höher als der Freibetrag",
        "Ihr Vermögen ist höher als der Freibetrag, der für Sie gilt (§ 12 SGB II). Sie sind "
        "deshalb zurzeit nicht hilfebedürftig (§ 9 Absatz 1 SGB II).",
        (Ruling.REJECTED,),
    ),
    Block(
        "teil_abgelehnt",
        0,
        "Ein Teil ist abgelehnt",
        "Einen Teil Ihres Antrags müssen wir ablehnen. Welcher das ist und warum, steht im "
        "Folgenden.",
        (Ruling.PARTLY_GRANTED,),
    ),
    Block(
        "mitwirkung",
        0,
        "Angaben oder Nachweise fehlen (§ 66)",
        "Mit Schreiben vom {{ aufforderung_vom }} haben wir Sie gebeten, bis {{ aufforderung_bis "
        "}} Angaben zu machen und Nachweise vorzulegen (§ 60 SGB I). Wir haben Sie darauf "
        "hingewiesen, dass wir die Leistung sonst versagen können. Die Frist ist vorbei. Was "
        "fehlt, brauchen wir, um über Ihren Antrag zu entscheiden. Nach § 66 Absatz 1 SGB I "
        "versagen wir die Leistung deshalb. Holen Sie die Mitwirkung nach, können wir die "
        "Leistung nachträglich erbringen (§ 67 SGB I).",
        (Ruling.WITHHELD,),
    ),
    Block(
        "noch_offen",
        0,
        "Es fehlt noch etwas",
        "Über den Antrag „{{ antrag }}“ vom {{ antrag_vom }} können wir noch nicht entscheiden. "
        "Uns fehlt noch etwas. Was es ist und bis wann wir es brauchen, steht im Folgenden.",
        (Ruling.DEFERRED,),
    ),
    Block(
        "andere_stelle",
        0,
        "Eine andere Stelle muss zuerst antworten",
        "Über den Antrag „{{ antrag }}“ vom {{ antrag_vom }} können wir noch nicht entscheiden. "
        "Wir warten auf die Antwort einer anderen Stelle. Sie müssen dafür nichts tun.",
        (Ruling.DEFERRED,),
    ),
    Block(
        "begruendet",
        0,
        "Widerspruch ist begründet",
        "Ihr Widerspruch vom {{ widerspruch_vom }} ist zulässig und begründet. Wir helfen ihm ab "
        "(§ 85 Absatz 1 SGG).",
        (Ruling.REMEDIED,),
    ),
    Block(
        "zum_teil_begruendet",
        0,
        "Widerspruch ist zum Teil begründet",
        "Ihr Widerspruch vom {{ widerspruch_vom }} ist zulässig, aber nur zum Teil begründet.",
        (Ruling.PARTLY_REMEDIED,),
    ),
    Block(
        "unbegruendet",
        0,
        "Widerspruch ist nicht begründet",
        "Ihr Widerspruch vom {{ widerspruch_vom }} ist zulässig, aber nicht begründet. Der "
        "Bescheid vom {{ bescheid_vom }} ist rechtmäßig und verletzt Sie nicht in Ihren Rechten.",
        (Ruling.REFUSED,),
    ),
    Block(
        "verspaetet",
        0,
        "Widerspruch kam nach der Frist",
        "Ihr Widerspruch ist am {{ widerspruch_vom }} bei uns eingegangen. Die Frist endete am {{ "
        "frist_bis }} (§ 84 Absatz 1 SGG). Gründe dafür, dass Sie ohne Verschulden verhindert "
        "waren, liegen nicht vor (§ 67 SGG). Der Widerspruch ist deshalb unzulässig.",
        (Ruling.REFUSED,),
    ),
)


def current(own: Iterable[TextBlock]) -> dict[str, Block]:
    """Return the blocks in use by their key; `own` are the newest versions of the office."""
    found = {one.key: one for one in SHIPPED}
    for row in own:
        if row.is_retired:
            found.pop(row.key, None)
        else:
            rulings = tuple(Ruling(one) for one in row.rulings)
            found[row.key] = Block(row.key, row.version, row.title, row.text, rulings)
    return found


def fitting(known: Mapping[str, Block], ruling: Ruling) -> list[Block]:
    """Return the blocks that can stand in the letter of a ruling."""
    return [one for one in known.values() if ruling in one.rulings]


def filled(text: str, values: Mapping[str, str | None], *, title: str) -> str:
    """Return the text of a block with what it stands for here; raise where something is not known.

    `values` holds a word or None for each of `KNOWN`.
    """
    names = placeholders.names_in(text, known=values, field="blocks")
    empty = sorted(name for name in names if not values[name])
    if empty:
        raise InvalidInput(
            gettext(
                "Der Baustein „%(title)s“ braucht: %(what)s. Das ist hier nicht eingetragen.",
                title=title,
                what=", ".join(empty),
            ),
            field="blocks",
        )
    return placeholders.fill(text, values)
