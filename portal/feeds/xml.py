"""Reading XML that anybody may send: small, flat, and without declarations of any kind.

expat resolves nothing from outside, and entities need a declaration; whoever declares something
(DOCTYPE) is refused before a single one is read, so no text can grow.
"""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from portal.core.errors import PortalError

LARGEST = 256 * 1024
DEEPEST = 24
NOT_READ = "Diese Anfrage lässt sich nicht lesen."


class Unreadable(PortalError):
    """The body is no XML that is read here (400, as RFC 4918, 8.2 says)."""

    status = 400

    def __init__(self) -> None:
        super().__init__(NOT_READ)


def read(body: bytes) -> Element:
    """Return the root element, names in Clark notation; raise `Unreadable` for anything else."""
    if len(body) > LARGEST:
        raise Unreadable
    builder = TreeBuilder()
    reader = expat.ParserCreate(namespace_separator="}")
    reader.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Unreadable
        builder.start(_clark(name), {_clark(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_clark(name))

    def refuse(*_: object) -> int:
        raise Unreadable

    reader.StartElementHandler = start
    reader.EndElementHandler = end
    reader.CharacterDataHandler = builder.data
    reader.StartDoctypeDeclHandler = refuse
    reader.EntityDeclHandler = refuse
    reader.ExternalEntityRefHandler = refuse
    try:
        reader.Parse(body, True)  # noqa: FBT003 (the name of the parameter is not public)
    except (expat.ExpatError, ValueError, LookupError) as error:  # broken, or an unknown encoding
        raise Unreadable from error
    return builder.close()


def _clark(name: str) -> str:
    return f"{{{name}" if "}" in name else name
