"""``python -m smdesk`` is the command ``smdesk``."""

import sys

from smdesk.cli import main

sys.exit(main())
