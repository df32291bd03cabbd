"""One bus for what changed."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject

from smdesk.ui.events import Changes, Events, ids, touches


class Page(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Changes] = []

    def changed(self, changes: Changes) -> None:
        self.heard.append(changes)


def test_every_page_hears_the_same_changes(events: Events) -> None:
    pages = [Page(), Page()]
    for page in pages:
        events.changed.connect(page.changed)
    events.tell(frozenset({("incident", 7), ("person", 2**40)}))
    assert [page.heard for page in pages] == [[frozenset({("incident", 7), ("person", 2**40)})]] * 2


def test_nothing_changed_says_nothing(events: Events) -> None:
    page = Page()
    events.changed.connect(page.changed)
    events.tell(frozenset())
    assert page.heard == []


def test_a_closed_page_is_forgotten(events: Events) -> None:
    page = Page()
    heard = page.heard
    events.changed.connect(page.changed)
    del page
    events.tell(frozenset({("incident", 1)}))
    assert heard == []


def test_a_page_decides_whether_it_cares() -> None:
    changes: Changes = frozenset({("incident", 7), ("incident", 9), ("person", 3)})
    assert touches(changes, "person")
    assert not touches(changes, "letter")
    assert touches(changes, "incident", 9)
    assert not touches(changes, "person", 9)
    assert ids(changes, "incident") == {7, 9}


def test_an_import_of_everybody_is_sorted_once_for_all_pages() -> None:
    class Counted(frozenset[tuple[str, int]]):
        times = 0

        def __iter__(self) -> Iterator[tuple[str, int]]:
            Counted.times += 1
            return super().__iter__()

    changes = Counted({("person", number) for number in range(1000)} | {("backup", 0)})
    for _page in range(20):
        assert touches(changes, "person")
        assert touches(changes, "person", 999)
        assert not touches(changes, "person", 1000)
        assert not touches(changes, "incident")
        assert ids(changes, "backup") == {0}
        assert ids(changes, "incident") == frozenset()
    assert Counted.times == 1
