"""Placeholders in text blocks: `{{ name }}` and nothing else, in a sandbox.

A text block is written by the office and filled with data of people. Neither may run anything: the
template is read first and refused unless it holds words and known names only; then it is filled in
Jinja's sandbox. What is filled in is text: it is not read again, and who shows it escapes it.
"""

from collections.abc import Collection, Mapping

from flask_babel import gettext
from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from portal.core.errors import InvalidInput

_sandbox = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name)


def names_in(text: str, *, known: Collection[str], field: str = "text") -> frozenset[str]:
    """Return the placeholders of a text; raise `InvalidInput` for an unknown or a wrong one."""
    try:
        tree = _sandbox.parse(text)
    except TemplateSyntaxError as error:
        raise InvalidInput(
            gettext(
                "In Zeile %(line)d stimmt eine geschweifte Klammer nicht. Ein Platzhalter sieht so "
                "aus: {{ name }}.",
                line=error.lineno,
            ),
            field=field,
        ) from error
    words = "".join(one.data for one in tree.find_all(nodes.TemplateData))
    odd = any(not isinstance(one, _ALLOWED) for one in tree.find_all(nodes.Node))
    if odd or "{#" in text or "}}" in words:
        raise InvalidInput(
            gettext(
                "In geschweiften Klammern darf nur der Name eines Platzhalters stehen, zum "
                "Beispiel {{ name }}."
            ),
            field=field,
        )
    found = frozenset(one.name for one in tree.find_all(nodes.Name))
    unknown = sorted(found - frozenset(known))
    if unknown:
        raise InvalidInput(
            gettext(
                "Diesen Platzhalter gibt es nicht: %(what)s. Möglich sind: %(possible)s.",
                what=", ".join(unknown),
                possible=", ".join(sorted(known)),
            ),
            field=field,
        )
    return found


def fill(text: str, values: Mapping[str, str | None]) -> str:
    """Return a text whose placeholders are known with these values in their places."""
    return _sandbox.from_string(text).render(values)
