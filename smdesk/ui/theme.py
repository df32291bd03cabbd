"""How the program looks: Fusion, light or dark as the system says, one scale of spaces and sizes.

Every pair of text and ground colour below has a contrast of at least 4.5 to 1 (tests/ui/test_theme.py works it
out). Colour never says anything alone: chips have a shape and a word, problems a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QLayout, QWidget

from smdesk.paths import resource

TIGHT, SMALL, NORMAL, LARGE, HUGE = 4, 8, 12, 20, 32
"""Spaces in device-independent pixels; layouts use nothing else."""

ROW_HEIGHT_FACTOR = 1.9
"""Height of a list's row, in line heights of its font."""


@dataclass(frozen=True, slots=True)
class Colours:
    window: str
    base: str
    raised: str
    text: str
    muted: str
    border: str
    accent: str
    on_accent: str
    selection: str
    danger: str
    warning: str
    ok: str
    info: str
    danger_ground: str
    warning_ground: str
    ok_ground: str
    info_ground: str
    neutral_ground: str


LIGHT = Colours(
    window="#f3f5f8",
    base="#ffffff",
    raised="#ffffff",
    text="#1a222d",
    muted="#55606e",
    border="#c3cad4",
    accent="#0d5a86",
    on_accent="#ffffff",
    selection="#d5e7f4",
    danger="#a4201a",
    warning="#774700",
    ok="#1b6338",
    info="#0d5a86",
    danger_ground="#fdecea",
    warning_ground="#fdf1dc",
    ok_ground="#e5f4ea",
    info_ground="#e4f0f8",
    neutral_ground="#e9edf2",
)

DARK = Colours(
    window="#1a1e25",
    base="#222831",
    raised="#252b35",
    text="#e9edf3",
    muted="#aab4c2",
    border="#4a5566",
    accent="#74bdee",
    on_accent="#10202c",
    selection="#2c4a60",
    danger="#ff9d94",
    warning="#f2bd68",
    ok="#86d6a6",
    info="#8cc9f2",
    danger_ground="#43211f",
    warning_ground="#3d2f14",
    ok_ground="#1b3626",
    info_ground="#1b3344",
    neutral_ground="#323a46",
)


def dark() -> bool:
    """Whether the system asks for a dark window."""
    hints = QGuiApplication.styleHints()
    return hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark


def colours() -> Colours:
    """The colours in use now. Ask when painting, not once: the system may change over during the day."""
    return DARK if dark() else LIGHT


def apply(app: QApplication) -> None:
    """Dress the application and follow the system's light or dark setting from now on."""
    app.setStyle("Fusion")
    restyle()
    app.styleHints().colorSchemeChanged.connect(restyle)


def restyle() -> None:
    """Set palette and style sheet for the present light or dark setting."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    now = colours()
    app.setPalette(palette(now))
    app.setStyleSheet(style_sheet(now))


def palette(c: Colours) -> QPalette:
    """Fusion's colours from ours."""
    made = QPalette()
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, c.window),
        (role.WindowText, c.text),
        (role.Base, c.base),
        (role.AlternateBase, c.window),
        (role.ToolTipBase, c.raised),
        (role.ToolTipText, c.text),
        (role.PlaceholderText, c.muted),
        (role.Text, c.text),
        (role.Button, c.neutral_ground),
        (role.ButtonText, c.text),
        (role.BrightText, c.danger),
        (role.Link, c.accent),
        (role.LinkVisited, c.accent),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.on_accent),
        (role.Accent, c.accent),
        (role.Mid, c.border),
        # Fusion draws edges with these; its own are white in the dark and cannot be told from the window.
        (role.Light, c.neutral_ground),
        (role.Midlight, c.neutral_ground),
        (role.Dark, c.border),
        (role.Shadow, c.border),
    ):
        made.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, QColor(c.muted))
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(c.border))
    return made


def style_sheet(c: Colours) -> str:
    """Only what the palette cannot say: cards, the main tabs, the one primary button, and where the focus is."""
    dress = "dark" if c is DARK else "light"

    def icon(name: str) -> str:
        return f'url("{resource("icons", f"{name}-{dress}.svg").as_posix()}")'

    return f"""
    QToolTip {{ color: {c.text}; background: {c.raised}; border: 1px solid {c.border}; padding: 4px; }}
    QFrame[card="true"] {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 8px; }}
    QFrame[tone="danger"] {{ background: {c.danger_ground}; border: 1px solid {c.danger}; border-radius: 6px; }}
    QFrame[tone="warning"] {{ background: {c.warning_ground}; border: 1px solid {c.warning}; border-radius: 6px; }}
    QFrame[tone="info"] {{ background: {c.info_ground}; border: 1px solid {c.info}; border-radius: 6px; }}
    QLabel[look="muted"] {{ color: {c.muted}; }}
    QLabel[look="danger"] {{ color: {c.danger}; }}
    QLabel[look="warning"] {{ color: {c.warning}; }}
    QLabel[look="ok"] {{ color: {c.ok}; }}
    QPushButton {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 5px; padding: 5px 12px; }}
    QPushButton:hover {{ background: {c.neutral_ground}; }}
    QPushButton:pressed {{ background: {c.selection}; }}
    QPushButton:focus {{ border: 2px solid {c.accent}; padding: 4px 11px; }}
    QPushButton:disabled {{ color: {c.muted}; background: {c.neutral_ground}; border-style: dashed; }}
    QPushButton::menu-indicator {{ subcontrol-position: right center; right: 6px; }}
    QPushButton[look="primary"] {{ background: {c.accent}; color: {c.on_accent}; border: 1px solid {c.accent}; }}
    QPushButton[look="primary"]:focus {{ border: 2px solid {c.text}; padding: 4px 11px; }}
    QPushButton[look="primary"]:disabled {{ background: {c.neutral_ground}; color: {c.muted};
        border: 1px dashed {c.border}; }}
    QPushButton[look="danger"] {{ color: {c.danger}; border-color: {c.danger}; }}
    QPushButton[look="view"]:checked {{ background: {c.selection}; border: 2px solid {c.accent}; padding: 4px 11px;
        font-weight: 600; }}
    QPushButton[look="view"]:checked:focus {{ border: 2px solid {c.text}; padding: 4px 11px; }}
    QPushButton[look="link"] {{ background: transparent; border: 1px solid transparent; color: {c.accent};
        padding: 2px 4px; text-align: left; text-decoration: underline; }}
    QPushButton[look="link"]:focus {{ border: 1px solid {c.accent}; }}
    QLineEdit, QPlainTextEdit, QTextEdit {{ background: {c.base};
        border: 1px solid {c.border}; border-radius: 4px; padding: 4px 6px; selection-background-color: {c.accent};
        selection-color: {c.on_accent}; }}
    QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus {{
        border: 2px solid {c.accent}; padding: 3px 5px; }}
    QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QTextEdit[wrong="true"] {{
        border: 2px solid {c.danger}; padding: 3px 5px; }}
    QLineEdit[wrong="true"]:focus, QPlainTextEdit[wrong="true"]:focus, QTextEdit[wrong="true"]:focus {{
        background: {c.danger_ground}; }}
    QComboBox[wrong="true"] {{ border: 2px solid {c.danger}; border-radius: 4px; padding: 3px 5px; }}
    QCheckBox[wrong="true"] {{ color: {c.danger}; }}
    QCheckBox[wrong="true"]::indicator {{ border: 2px solid {c.danger}; width: 12px; height: 12px; }}
    QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled {{
        background: {c.neutral_ground}; color: {c.muted}; }}
    QLineEdit:read-only, QPlainTextEdit:read-only, LetterText:read-only {{ background: {c.window}; }}
    QAbstractSpinBox {{ background: {c.base}; border: 1px solid {c.border}; border-radius: 4px; padding: 3px 4px;
        min-height: 18px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QAbstractSpinBox:focus {{ border: 2px solid {c.accent}; padding: 2px 3px; }}
    QAbstractSpinBox:disabled {{ background: {c.neutral_ground}; color: {c.muted}; }}
    QAbstractSpinBox QLineEdit {{ border: none; padding: 0; background: transparent; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 16px; border: none;
        background: transparent; }}
    QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {c.neutral_ground}; }}
    QAbstractSpinBox::up-arrow {{ image: {icon("up")}; width: 8px; height: 8px; }}
    QAbstractSpinBox::down-arrow {{ image: {icon("down")}; width: 8px; height: 8px; }}
    QCheckBox::indicator, QTreeView::indicator, QListView::indicator {{ width: 14px; height: 14px;
        background: {c.base}; border: 1px solid {c.muted}; border-radius: 3px; }}
    QCheckBox::indicator:checked, QTreeView::indicator:checked, QListView::indicator:checked {{
        background: {c.accent}; border-color: {c.accent}; image: {icon("check")}; }}
    QCheckBox::indicator:focus {{ border: 2px solid {c.text}; width: 12px; height: 12px; }}
    QCheckBox::indicator:disabled {{ background: {c.neutral_ground}; border-color: {c.border}; }}
    QCheckBox::indicator:checked:disabled {{ background: {c.neutral_ground}; border-color: {c.border};
        image: {icon("check-off")}; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; background: {c.base}; border: 1px solid {c.muted};
        border-radius: 8px; }}
    QRadioButton::indicator:checked {{ border-color: {c.accent}; background: qradialgradient(cx: 0.5, cy: 0.5,
        radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 {c.accent}, stop: 0.5 {c.accent}, stop: 0.6 {c.base},
        stop: 1 {c.base}); }}
    QRadioButton::indicator:focus {{ border: 2px solid {c.text}; width: 12px; height: 12px; }}
    QTableView, QListView, QTreeView {{ background: {c.base}; alternate-background-color: {c.window};
        border: 1px solid {c.border}; padding: 1px; border-radius: 4px; gridline-color: {c.border};
        selection-background-color: {c.selection}; selection-color: {c.text}; }}
    QTableView:focus, QListView:focus, QTreeView:focus {{ border: 2px solid {c.accent};
        padding: 0; }}
    QHeaderView::section {{ background: {c.neutral_ground}; color: {c.text}; padding: 5px 8px 5px 4px; border: none;
        border-right: 1px solid {c.border}; border-bottom: 1px solid {c.border}; font-weight: 600; }}
    QTabWidget#main_tabs > QTabBar {{ qproperty-drawBase: 0; }}
    QTabWidget#main_tabs::pane {{ border: none; border-top: 1px solid {c.border}; }}
    QTabWidget#main_tabs > QTabBar::tab {{ padding: 8px 18px; margin-right: 2px; color: {c.muted};
        background: transparent; border: none; border-bottom: 3px solid transparent; }}
    QTabWidget#main_tabs > QTabBar[close="true"]::tab {{ padding: 8px 9px; margin-right: 0; }}
    QTabWidget#main_tabs > QTabBar::tab:selected {{ color: {c.text}; border-bottom: 3px solid {c.accent};
        font-weight: 600; }}
    QTabWidget#main_tabs > QTabBar::tab:hover {{ color: {c.text}; background: {c.neutral_ground}; }}
    QTabWidget#main_tabs > QTabBar::tab:focus {{ background: {c.selection}; }}
    QListView[look="sections"] {{ border: none; border-right: 1px solid {c.border}; border-radius: 0;
        background: {c.window}; }}
    QListView[look="sections"]::item {{ padding: 8px 10px; border-left: 3px solid transparent; }}
    QListView[look="sections"]::item:selected {{ background: {c.selection}; color: {c.text};
        border-left: 3px solid {c.accent}; }}
    QListView[look="answers"]::item {{ padding: 4px 5px; }}
    QListView[look="answers"]::item:selected {{ background: {c.selection}; color: {c.text}; }}
    QStatusBar {{ border-top: 1px solid {c.border}; }}
    QStatusBar::item {{ border: none; }}
    QScrollArea[plain="true"] {{ border: none; background: transparent; }}
    QScrollArea[plain="true"] > QWidget > QWidget#scrolled {{ background: transparent; }}
    QProgressBar {{ border: 1px solid {c.border}; border-radius: 4px; text-align: center; background: {c.base};
        color: {c.text}; min-height: 18px; }}
    QProgressBar::chunk {{ background: {c.selection}; border-radius: 3px; }}
    """


def heading_font(base: QFont, level: int) -> QFont:
    """The font of a heading: 1 for a page or window, 2 for a section, 3 for a part of one."""
    made = QFont(base)
    size = base.pointSizeF() if base.pointSizeF() > 0 else 10.0
    made.setPointSizeF(size * {1: 1.6, 2: 1.2}.get(level, 1.0))
    made.setWeight(QFont.Weight.DemiBold)
    return made


def fit(window: QWidget, width: int, height: int) -> None:
    """Size a window, but never beyond its screen: at 150 % a small laptop has 910 by 480 to give."""
    screen = window.screen() or QGuiApplication.primaryScreen()
    room = screen.availableSize() if screen is not None else QSize(1366, 768)
    # The frame around the window takes some of it.
    window.resize(QSize(width, height).boundedTo(room - QSize(16, 48)))


def roomy(layout: QLayout, margin: int = LARGE, spacing: int = NORMAL) -> None:
    """Margins and spacing from the scale."""
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
