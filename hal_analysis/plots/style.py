"""Colours, sizes and fonts of the figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap

DPI = 300
TITLE_SIZE, PANEL_TITLE_SIZE, LABEL_SIZE, TICK_SIZE = 15, 12, 11, 10  # points
CELL_SIZE, NOTE_SIZE = 9, 10  # points
SLANTED_LABELS: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}

# Blue and vermilion differ for every type of colour blindness, and the shapes differ as well.
FRONTIER_COLOR, OTHER_COLOR = "#c23b00", "#00669e"
FRONTIER_MARKER: dict[str, Any] = {
    "marker": "D",
    "color": FRONTIER_COLOR,
    "label": "Pareto optimal",
}
OTHER_MARKER: dict[str, Any] = {"marker": "o", "color": OTHER_COLOR, "label": "Non-optimal"}
FRONTIER_MARKER_SIZE, OTHER_MARKER_SIZE = 0.9, 0.8  # relative to the font size of the labels

INK, LEADER_COLOR, NOTE_COLOR = "#26282b", "#8a8f98", "#55595f"
INTERVAL: dict[str, Any] = {"color": "#cfd3da", "lw": 1.4}
BAR_INTERVAL: dict[str, Any] = {"color": INK, "lw": 0.9}
BAR_INTERVAL_EDGE: dict[str, Any] = {"color": "white", "lw": 2.4}
GRID_COLOR, PANEL_COLOR = "#dcdfe4", "#f8f9fb"
CELL_COLORS = LinearSegmentedColormap.from_list("purples", ["#efe9f7", "#8d66c2", "#2f0a5c"])
NO_RUNS_COLORS = "#f4f5f7", "#6a6f76"  # cell and text
NO_VALUE_COLORS = "#d3d7dc", INK
WHITE_BELOW = 0.179  # luminance below which white text has a higher contrast than black text

# The first font has most characters; the installed ones of the others serve as fallbacks.
FONTS = [
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Arial Unicode MS",
    "Noto Emoji",
    "Segoe UI Emoji",
]

RC_PARAMS: dict[Any, Any] = {
    "text.parse_math": False,  # a dollar sign in a name is not markup
    "text.hinting": "no_hinting",  # the width of a text does not depend on the resolution
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID_COLOR,
    "axes.facecolor": PANEL_COLOR,
    "axes.axisbelow": True,
    "axes.titleweight": "bold",
    "axes.titlesize": PANEL_TITLE_SIZE,
    "axes.labelsize": LABEL_SIZE,
    "figure.titlesize": TITLE_SIZE,
    "figure.titleweight": "bold",
    "grid.color": GRID_COLOR,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": TICK_SIZE,
    "ytick.labelsize": TICK_SIZE,
    # Vector formats: selectable text, and the same bytes every time.
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "hal",
}


@contextmanager
def rc_context() -> Iterator[None]:
    """Apply the style of the figures to everything drawn or saved in the context.

    The style starts from the defaults of matplotlib, so a `matplotlibrc` file has no effect. Use
    the context for saving as well, because some parameters take effect only then. It also works as
    a decorator.
    """
    installed_fonts = set(font_manager.get_font_names())
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC_PARAMS)
        mpl.rcParams["font.family"] = [font for font in FONTS if font in installed_fonts]
        mpl.rcParams["figure.dpi"] = DPI
        yield
