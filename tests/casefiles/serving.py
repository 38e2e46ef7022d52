"""The portal as gunicorn finds it, for tests with a real server process."""

from portal.app import create_app
from portal.core.config import Settings

application = create_app(Settings())
