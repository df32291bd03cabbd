"""Stands where the message boxes would be: keeps what was said, and gives the answers a test wrote down."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smdesk.ui.messages import Message


class Script:
    """Pass as ``Messages(show=script)``.

    ``will_answer("Delete", "Keep")`` sets the labels (or keys) of the buttons to be pressed, in order.
    A question without an answer fails the test, and so do an answer nobody asked for and an error or warning
    the test never looked at (through ``seen``, ``texts`` or ``take``).
    """

    def __init__(self) -> None:
        self._seen: list[Message] = []
        self._looked = 0
        self._answers: deque[str] = deque()

    def __call__(self, message: Message) -> str | None:
        self._seen.append(message)
        if not message.choices:
            return None
        if not self._answers:
            raise AssertionError(f"Nobody answers this question: {message.text!r} {message.labels}")
        answer = self._answers.popleft()
        for choice in message.choices:
            if answer in (choice.key, choice.label):
                return choice.key
        raise AssertionError(f"{answer!r} is not among the answers to {message.text!r}: {message.labels}")

    def will_answer(self, *answers: str) -> None:
        self._answers.extend(answers)

    @property
    def seen(self) -> list[Message]:
        self._looked = len(self._seen)
        return list(self._seen)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.seen]

    def take(self) -> Message:
        """The oldest message not taken yet; it is removed."""
        if not self._seen:
            raise AssertionError("No message was shown.")
        self._looked = max(0, self._looked - 1)
        return self._seen.pop(0)

    def loose_ends(self) -> list[str]:
        unseen = [m for m in self._seen[self._looked :] if m.kind in ("error", "warning")]
        found = [f"an unexpected {m.kind} was shown: {m.text!r}" for m in unseen]
        found += [f"nobody asked for the answer {answer!r}" for answer in self._answers]
        return found
