"""Guards the pin of PySide6: 6.12.0 aborts the interpreter after a few thousand calls that return nothing."""

from __future__ import annotations

import subprocess
import sys

SOAK = """
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel()
for number in range(100_000):
    label.setText(str(number))
print(label.text())
"""


def test_a_hundred_thousand_calls_survive() -> None:
    # In a process of its own: what it guards against is an abort, which no test can catch.
    done = subprocess.run(
        [sys.executable, "-c", SOAK], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "99999"), done.stderr[-2000:]
