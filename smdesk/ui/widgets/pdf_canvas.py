"""The scrolling area of a paper: pages under each other, drawn from pictures that workers make.

Only pages in sight are drawn, and the pictures of a few are kept. While a better picture is on its way (after a
change of zoom, or of the paper itself) the old one stays, so that a live preview never flickers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from smdesk.errors import SmdeskError
from smdesk.ui import pdf_pages, theme
from smdesk.ui.pdf_pages import Found, PageSize, Paper
from smdesk.ui.tasks import Progress, Tasks

FIT_WIDTH, FIT_PAGE = "width", "page"
SMALLEST, LARGEST = 0.25, 4.0
STEP = 1.2
WIDEST_FIT = 1.3
"""Fitted to the width of a large window a page would show three lines at a time."""
MARGIN = 12
GAP = 12
POINTS_PER_INCH = 72
WIDEST_PICTURE = 4000
"""Pixels. Beyond it a page is drawn from a smaller picture: four times life size on a fine screen would take
hundreds of megabytes."""
KEPT_PIXELS = 60_000_000
"""Pixels of pictures kept (four bytes each)."""

_Shown = tuple[int, int]
"""Page number and width of its picture in pixels."""


class PdfCanvas(QAbstractScrollArea):
    """Shows a paper's pages. ``zoom`` is ``FIT_WIDTH``, ``FIT_PAGE`` or a factor, 1.0 being life size."""

    page_changed = Signal(int)
    """The page in sight, from 0."""
    zoom_changed = Signal()
    failed = Signal(object)
    """An ``SmdeskError``: a page could not be drawn."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._data = b""
        self._sheets: tuple[PageSize, ...] = ()
        self._paper = 0
        self._zoom: float | str = FIT_WIDTH
        self._pictures: OrderedDict[_Shown, QImage] = OrderedDict()
        self._before: dict[int, QImage] = {}
        self._asked: frozenset[_Shown] = frozenset()
        self._found: tuple[Found, ...] = ()
        self._at_found = -1
        self._page = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setAutoFillBackground(False)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._ask)

    # What the view around it uses

    def show_paper(self, paper: Paper | None, *, keep_place: bool = False) -> None:
        """Show this paper, or none. With ``keep_place`` the zoom and the place stay, as for a live preview."""
        place = self.verticalScrollBar().value()
        self._before = {number: image for (number, _), image in self._pictures.items()} if keep_place else {}
        self._pictures.clear()
        self._asked = frozenset()
        self._found, self._at_found = (), -1
        self._data, self._sheets = (paper.data, paper.sizes) if paper else (b"", ())
        self._paper += 1
        self._lay_out()
        self.verticalScrollBar().setValue(place if keep_place else 0)
        self._scrolled()
        self.viewport().update()

    @property
    def zoom(self) -> float | str:
        return self._zoom

    @property
    def factor(self) -> float:
        """The zoom in use as a factor, whatever it was worked out from."""
        return self._scale() * POINTS_PER_INCH / self.logicalDpiX()

    def set_zoom(self, zoom: float | str) -> None:
        """Another zoom; the middle of what is in sight stays in sight."""
        bar = self.verticalScrollBar()
        height = max(1, self._height())
        middle = (bar.value() + self.viewport().height() / 2) / height
        self._zoom = zoom if isinstance(zoom, str) else min(max(zoom, SMALLEST), LARGEST)
        self._lay_out()
        bar.setValue(round(middle * self._height() - self.viewport().height() / 2))
        self.viewport().update()
        self.zoom_changed.emit()

    def zoom_in(self) -> None:
        self.set_zoom(self.factor * STEP)

    def zoom_out(self) -> None:
        self.set_zoom(self.factor / STEP)

    @property
    def current_page(self) -> int:
        return self._page

    def show_found(self, found: Sequence[Found], at: int) -> None:
        """Mark these places and bring one of them (``at``) into sight; -1 for none."""
        self._found, self._at_found = tuple(found), at
        if 0 <= at < len(self._found) and self._found[at].boxes:
            hit = self._found[at]
            box = self._on_screen(hit.page, hit.boxes[0])
            self.verticalScrollBar().setValue(round(box.top() - self.viewport().height() / 3))
            self.horizontalScrollBar().setValue(round(box.left() - self.viewport().width() / 3))
        self.viewport().update()

    def pictures_ready(self) -> bool:
        """Whether every page in sight is drawn from a picture of this zoom (for tests)."""
        return all(self._key(number) in self._pictures for number in self._in_sight())

    # Where the pages are

    def _scale(self) -> float:
        """Pixels to the point."""
        if not self._sheets:
            return self.logicalDpiX() / POINTS_PER_INCH
        if isinstance(self._zoom, float | int):
            return self._zoom * self.logicalDpiX() / POINTS_PER_INCH
        room = self.viewport().width() - 2 * MARGIN
        scale = room / max(sheet.width for sheet in self._sheets)
        scale = min(scale, WIDEST_FIT * self.logicalDpiX() / POINTS_PER_INCH)
        if self._zoom == FIT_PAGE:
            tall = self.viewport().height() - 2 * MARGIN
            scale = min(scale, tall / max(sheet.height for sheet in self._sheets))
        return max(scale, 0.05)

    def _boxes(self) -> list[QRectF]:
        """Each page's place in the whole strip, before scrolling."""
        scale = self._scale()
        widest = max((sheet.width for sheet in self._sheets), default=0.0) * scale
        across = max(float(self.viewport().width()), widest + 2 * MARGIN)
        boxes, top = [], float(MARGIN)
        for sheet in self._sheets:
            width, height = sheet.width * scale, sheet.height * scale
            boxes.append(QRectF(round((across - width) / 2), round(top), round(width), round(height)))
            top += height + GAP
        return boxes

    def _height(self) -> int:
        boxes = self._boxes()
        return round(boxes[-1].bottom()) + MARGIN if boxes else 0

    def _lay_out(self) -> None:
        port = self.viewport()
        boxes = self._boxes()
        across = max((round(box.width()) + 2 * MARGIN for box in boxes), default=0)
        up, side = self.verticalScrollBar(), self.horizontalScrollBar()
        up.setRange(0, max(0, self._height() - port.height()))
        up.setPageStep(port.height())
        up.setSingleStep(40)
        side.setRange(0, max(0, across - port.width()))
        side.setPageStep(port.width())
        side.setSingleStep(40)

    def _shift(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def _in_sight(self) -> list[int]:
        window = QRectF(self._shift(), self.viewport().size().toSizeF())
        return [number for number, box in enumerate(self._boxes()) if box.intersects(window)]

    def _on_screen(self, page: int, box: QRectF) -> QRectF:
        """A box in points as a box in the strip."""
        scale, place = self._scale(), self._boxes()[page]
        return QRectF(
            place.left() + box.left() * scale,
            place.top() + box.top() * scale,
            box.width() * scale,
            box.height() * scale,
        )

    # Pictures

    def _key(self, number: int) -> _Shown:
        width = self._sheets[number].width * self._scale() * self.devicePixelRatioF()
        return number, min(round(width), WIDEST_PICTURE)

    def _ask(self) -> None:
        """Have the missing pictures of the pages in sight made."""
        if not self._data or not self.isVisible():
            return
        missing = [key for key in map(self._key, self._in_sight()) if key not in self._pictures]
        if not missing or self._asked >= frozenset(missing):
            return
        self._asked = frozenset(missing)
        data, paper = self._data, self._paper
        wanted = [(key, key[1] / self._sheets[key[0]].width) for key in missing]

        def work(progress: Progress) -> tuple[int, list[tuple[_Shown, QImage]]]:
            made = []
            for key, scale in wanted:
                progress.check_cancelled()
                made.append((key, pdf_pages.draw(data, key[0], scale)))
            return paper, made

        self._tasks.latest(self, "pages", work, self._arrived, self._not_arrived)

    def _arrived(self, result: tuple[int, list[tuple[_Shown, QImage]]]) -> None:
        paper, made = result
        self._asked = frozenset()
        if paper != self._paper:
            return
        for key, image in made:
            for old in [each for each in self._pictures if each[0] == key[0]]:
                del self._pictures[old]
            self._pictures[key] = image
            self._before.pop(key[0], None)
        total = sum(image.width() * image.height() for image in self._pictures.values())
        while total > KEPT_PIXELS and len(self._pictures) > len(made):
            _, gone = self._pictures.popitem(last=False)
            total -= gone.width() * gone.height()
        self.viewport().update()

    def _not_arrived(self, error: SmdeskError) -> None:
        self.failed.emit(error)

    def _picture_of(self, number: int) -> QImage | None:
        """The best picture there is, also one for another zoom or of the paper before."""
        for key in reversed(self._pictures):
            if key[0] == number:
                return self._pictures[key]
        return self._before.get(number)

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colours = theme.colours()
        painter.fillRect(self.viewport().rect(), QColor(colours.neutral_ground))
        boxes, shift = self._boxes(), self._shift()
        exact = True
        for number in self._in_sight():
            box = boxes[number].translated(-shift)
            image = self._picture_of(number)
            if image is None:
                painter.fillRect(box, Qt.GlobalColor.white)
            else:
                painter.drawImage(box, image)
            exact = exact and self._key(number) in self._pictures
            painter.setPen(QColor(colours.border))
            painter.drawRect(box.adjusted(-1, -1, 0, 0))
        self._paint_found(painter, shift)
        painter.end()
        if not exact:
            self._soon.start()

    def _paint_found(self, painter: QPainter, shift: QPointF) -> None:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        for place, hit in enumerate(self._found):
            colour = QColor(255, 170, 60) if place == self._at_found else QColor(255, 235, 130)
            for box in hit.boxes:
                painter.fillRect(self._on_screen(hit.page, box).translated(-shift), colour)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        bar = self.verticalScrollBar()
        share = bar.value() / bar.maximum() if bar.maximum() else 0.0
        self._lay_out()
        if isinstance(self._zoom, str):
            bar.setValue(round(share * bar.maximum()))
            self.zoom_changed.emit()
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._scrolled()
        self.viewport().update()

    def _scrolled(self) -> None:
        middle = self.verticalScrollBar().value() + self.viewport().height() / 2
        now = 0
        for number, box in enumerate(self._boxes()):
            if box.top() <= middle:
                now = number
        if now != self._page:
            self._page = now
            self.page_changed.emit(now)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            turned = event.angleDelta().y()
            if turned:
                self.set_zoom(self.factor * STEP ** (turned / 120))
            event.accept()
            return
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        held = event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        key = event.key()
        if key == Qt.Key.Key_Space:
            back = bool(held & Qt.KeyboardModifier.ShiftModifier)
            bar.triggerAction(
                bar.SliderAction.SliderPageStepSub if back else bar.SliderAction.SliderPageStepAdd
            )
        elif key == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif key == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        elif control and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif control and key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif control and key == Qt.Key.Key_0:
            self.set_zoom(FIT_WIDTH)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(480, 600)
