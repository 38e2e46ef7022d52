"""Write `matrix.txt` anew: `python -m tests.access`. Read the difference before you keep it."""

import tempfile
from pathlib import Path

from portal.app import create_app
from portal.applications import shelf
from portal.core import embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.access import table
from tests.access.standing import standing
from tests.factories import applications


def main() -> None:
    """Start a database and a portal of its own, walk as everybody, write the table."""
    with tempfile.TemporaryDirectory(prefix="portal-access-") as folder:
        url = embedded.ensure_database(embedded.start(Path(folder) / "postgres"), "portal_access")
        schema.upgrade(url)
        app = create_app(
            Settings(
                database_url=url, data_dir=Path(folder), demo=True, base_url="http://localhost"
            )
        )
        app.config["TESTING"] = True
        shelf.shipped()["probe", 1] = applications.form()
        with standing(app, Path(folder)) as here:
            text = table.written(here.walks())
        with app.app_context():
            db.engine.dispose()
    table.FILE.write_text(text, "utf-8")
    print(f"{table.FILE.name}: {len(table.listed(text))} routes")


if __name__ == "__main__":
    main()
