"""PDFium may be used by one thread at a time in a process, and closing counts as use: whoever reads takes this lock."""

from __future__ import annotations

import threading
from typing import Final

one_at_a_time: Final = threading.RLock()
"""Held by the same thread more than once where two papers are compared."""
