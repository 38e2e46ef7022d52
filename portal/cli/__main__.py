"""Entry of `python -m portal.cli`."""

import sys

from portal.cli.commands import main

sys.exit(main())
