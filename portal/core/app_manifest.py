"""What a telephone needs to keep the portal on its home screen (W3C Web Application Manifest).

An iPhone tells of news only there: WebKit gives `PushManager` to no page but one that was added to
the home screen, and asks for a manifest with `display` (WebKit, „Web Push for Web Apps on iOS and
iPadOS“, iOS 16.4). The icons are drawn from the mark of the house (`portal.dev.icons`).
"""

import json

from flask import Flask, Response, current_app, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import anyone
from portal.core.config import Settings
from portal.core.templating import static_url

SHORT_NAME = "Jobcenter"
ICONS = (
    ("img/app-192.png", "192x192", "any"),
    ("img/app-512.png", "512x512", "any"),
    ("img/app-maskable-512.png", "512x512", "maskable"),
)
MARK, GROUND = "#1a3da5", "#ffffff"


@anyone
def app_manifest() -> ResponseReturnValue:
    """Say under which name and with which icons the portal is kept on a home screen."""
    settings: Settings = current_app.config["SETTINGS"]
    said = {
        "id": "/",
        "name": settings.jobcenter_name,
        "short_name": SHORT_NAME,
        "lang": "de",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": MARK,
        "icons": [
            {"src": static_url(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    }
    text = json.dumps(said, ensure_ascii=False)
    return Response(text, content_type="application/manifest+json; charset=utf-8")


def manifest_url() -> str:
    """Return the address of the manifest."""
    return url_for("app_manifest")


def init_app(app: Flask) -> None:
    """Serve the manifest; the layout asks `manifest_url()`."""
    app.add_url_rule("/portal.webmanifest", "app_manifest", app_manifest)
    app.jinja_env.globals["manifest_url"] = manifest_url
