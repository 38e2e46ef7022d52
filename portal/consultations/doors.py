"""The same pages for citizens, guests and invited colleagues: where their links lead.

Each of the three has a blueprint with views of the same names; the templates ask `to("devices")`
and get the address beside the page that is being shown.
"""

from typing import Any

from flask import Blueprint, request, url_for

_WHOSE = ("id", "secret")


def to(page: str, **more: Any) -> str:
    """Return the address of the page `page` for the talk of this request."""
    given = request.view_args or {}
    mine = {name: value for name, value in given.items() if name in _WHOSE}
    return url_for(f"{request.blueprint}.{page}", **mine, **more)


def offer(blueprint: Blueprint, *, layout: str, is_guest: bool) -> None:
    """Give the templates of a blueprint their addresses and layout, and whether a guest looks."""

    @blueprint.context_processor
    def _doors() -> dict[str, Any]:
        return {"to": to, "layout": layout, "is_guest": is_guest}
