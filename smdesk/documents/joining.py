"""Several tagged papers as one: pages as they are, the structure trees under one root, bookmarks.

The pages' own bytes are copied, never drawn anew, so a letter stays what was issued. Streams go from the pieces to the
joined file one at a time: however many pictures there are, none of them is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from smdesk.documents.page import Progress, no_progress

if TYPE_CHECKING:
    from pikepdf import Pdf

PAGE_LINK = "page:"
"""How a link to a page of the joined paper is written while a piece is drawn: "page:12", counted from 1."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A tagged paper to be joined: a file open for reading, and what its part is called for a screen reader."""

    file: BinaryIO
    title: str


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A line of the outline. ``page`` counts from 1."""

    title: str
    page: int
    under: tuple[Bookmark, ...] = ()


def page_count(file: BinaryIO) -> int:
    """How many pages a PDF has. Leaves the file at its beginning."""
    with _opened(file) as document:
        count = len(document.pages)
    file.seek(0)
    return count


def _opened(file: BinaryIO) -> Pdf:
    """The PDF, read in pieces: mapped into memory, as pikepdf would have it, all its pictures would be held there."""
    import pikepdf

    file.seek(0)
    return pikepdf.open(file, access_mode=pikepdf.AccessMode.stream)


def join(
    pieces: Sequence[Piece],
    bookmarks: Sequence[Bookmark],
    out: BinaryIO,
    progress: Progress = no_progress,
) -> int:
    """Write the pieces to ``out`` one after another; returns the number of pages.

    The first piece gives title, language, colours and everything else that a file has once. ``progress`` is told
    pieces, then hundredths of the writing, and may raise ``Cancelled``. Raises ValueError for a piece without tags.
    """
    import pikepdf

    with ExitStack() as stack:
        joined = stack.enter_context(_opened(pieces[0].file))
        root = joined.Root.StructTreeRoot
        top = root.K[0] if isinstance(root.K, pikepdf.Array) else root.K
        tree = _Tree(joined, top, _numbered(root))
        for at, piece in enumerate(pieces[1:], start=1):
            progress(at, len(pieces))
            # Its pages' contents are read when the joined file is written: it stays open until then.
            source = stack.enter_context(_opened(piece.file))
            _append(tree, source, piece.title)
        tree.write(root)
        _settle_links(joined)
        _outline(joined, bookmarks)
        _settle_ends(joined)
        count = len(joined.pages)
        joined.save(
            out,
            # As they are: what is packed anew at this point could end as no stream should.
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=False,
            progress=lambda percent: progress(percent, 100),
        )
    return count


@dataclass(slots=True)
class _Tree:
    """The structure of the joined paper while it grows. ``numbers`` is its ParentTree: key to what owns it."""

    document: Pdf
    top: Any
    numbers: dict[int, Any]

    @property
    def free(self) -> int:
        return max(self.numbers, default=-1) + 1

    def write(self, root: Any) -> None:
        import pikepdf

        flat: list[Any] = []
        for key in sorted(self.numbers):
            flat += [key, self.numbers[key]]
        root.ParentTree = self.document.make_indirect(pikepdf.Dictionary(Nums=pikepdf.Array(flat)))
        root.ParentTreeNextKey = self.free


def _numbered(root: Any) -> dict[int, Any]:
    """A ParentTree as a dictionary, however it is nested."""
    found: dict[int, Any] = {}

    def walk(node: Any) -> None:
        flat = list(node.get("/Nums", []))
        for at in range(0, len(flat), 2):
            found[int(flat[at])] = flat[at + 1]
        for kid in node.get("/Kids", []):
            walk(kid)

    walk(root.ParentTree)
    return found


def _append(tree: _Tree, source: Pdf, title: str) -> None:
    """Add a piece's pages and hang its structure, renumbered, under a part of its own."""
    import pikepdf

    if "/StructTreeRoot" not in source.Root:
        raise ValueError("A piece without tags cannot be joined.")
    joined = tree.document
    before = len(joined.pages)
    joined.pages.extend(source.pages)
    # Copied after the pages, so that its elements point at the copied pages.
    copied = joined.copy_foreign(source.Root.StructTreeRoot)
    numbers = _numbered(copied)
    start = tree.free
    moved = {key: start + at for at, key in enumerate(sorted(numbers))}
    tree.numbers |= {moved[key]: owner for key, owner in numbers.items()}
    for page in joined.pages[before:]:
        _renumber(page.obj, "/StructParents", moved)
        for annotation in page.obj.get("/Annots", []):
            _renumber(annotation, "/StructParent", moved)
    part = joined.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.StructElem,
            S=pikepdf.Name.Part,
            P=tree.top,
            T=pikepdf.String(title),
            K=pikepdf.Array(),
        )
    )
    language = source.Root.get("/Lang")
    for element in _kids(copied):
        element.P = part
        if language is not None and "/Lang" not in element:
            element.Lang = pikepdf.String(str(language))  # a letter may be in another language than the rest
        part.K.append(element)
    if not isinstance(tree.top.K, pikepdf.Array):
        tree.top.K = pikepdf.Array([tree.top.K])
    tree.top.K.append(part)
    _merge_maps(joined.Root.StructTreeRoot, copied)


def _renumber(thing: Any, key: str, moved: dict[int, int]) -> None:
    if key in thing:
        thing[key] = moved[int(thing[key])]


def _kids(node: Any) -> Iterator[Any]:
    import pikepdf

    kids = node.get("/K", pikepdf.Array())
    yield from kids if isinstance(kids, pikepdf.Array) else [kids]


def _merge_maps(root: Any, copied: Any) -> None:
    """Names of roles and classes a piece explains are explained in the joined paper too."""
    for name in ("/RoleMap", "/ClassMap"):
        if name in copied:
            if name not in root:
                root[name] = copied[name]
                continue
            for key, value in copied[name].items():
                if key not in root[name]:
                    root[name][key] = value


def _settle_links(document: Pdf) -> None:
    """Turn links written as "page:12" into links to that page."""
    import pikepdf

    pages = list(document.pages)
    for page in pages:
        for annotation in page.obj.get("/Annots", []):
            address = str(annotation.get("/A", pikepdf.Dictionary()).get("/URI", ""))
            if address.startswith(PAGE_LINK):
                target = pages[int(address.removeprefix(PAGE_LINK)) - 1].obj
                annotation.A = pikepdf.Dictionary(
                    S=pikepdf.Name.GoTo, D=pikepdf.Array([target, pikepdf.Name.Fit])
                )


def _settle_ends(document: Pdf) -> None:
    """Write a stream that ends in a carriage return in hexadecimal.

    The line feed that is written after each would make one line end of both, and PDF/A counts the stream as one byte
    short (ISO 19005-2, 6.1.7.1). One in 256 ends so; photographs never do.
    """
    import pikepdf

    for thing in document.objects:
        if not isinstance(thing, pikepdf.Stream) or "/DCTDecode" in _filters(thing):
            continue
        raw = thing.read_raw_bytes()
        if raw.endswith(b"\r"):
            filters = [pikepdf.Name(each) for each in ("/ASCIIHexDecode", *_filters(thing))]
            held = thing.get("/DecodeParms")
            parameters = list(held) if isinstance(held, pikepdf.Array) else [held] * (held is not None)
            thing.write(
                raw.hex().encode("ascii") + b">",
                filter=pikepdf.Array(filters),
                decode_parms=pikepdf.Array([pikepdf.Dictionary(), *parameters]) if parameters else None,
            )


def _filters(stream: Any) -> list[str]:
    import pikepdf

    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(each) for each in found] if isinstance(found, pikepdf.Array) else [str(found)]


def _outline(document: Pdf, bookmarks: Sequence[Bookmark]) -> None:
    from pikepdf import OutlineItem

    def items(lines: Sequence[Bookmark]) -> Iterator[Any]:
        for line in lines:
            item = OutlineItem(line.title, line.page - 1)
            item.children.extend(items(line.under))
            item.is_closed = True
            yield item

    with document.open_outline() as outline:
        outline.root.extend(items(bookmarks))
    if bookmarks:
        import pikepdf

        document.Root.PageMode = pikepdf.Name.UseOutlines
