"""Colours, sizes and fonts of the figures."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.colors import to_hex, to_rgb

DPI = 300
# Font sizes in points, at the size at which a figure is printed.
TITLE_SIZE, PANEL_TITLE_SIZE, LABEL_SIZE, TEXT_SIZE, SMALL_CELL_SIZE = 9.0, 7.0, 7.0, 6.5, 5.0
NAME_SIZE = 6.0  # of the names beside points

INK, NOTE_COLOR, RULE_COLOR = "#26282b", "#55595f", "#c4c8ce"
INTERVAL_COLOR = "#868b94"  # a contrast of 3.4 to white
FRONTIER_COLOR, LEADER_COLOR = "#3b3f46", "#55595f"
GRID_COLOR = "#e6e8ec"
FEW_COLOR = "#dfe2e6"  # of hollow markers of models with few benchmarks
EDGE: dict[str, Any] = {"mec": INK, "mew": 0.4}  # of markers
# Fill and hatch of bars, in greys, since colours are those of providers.
WON_BAR, UNDECIDED_BAR, UNTESTED_BAR, LOST_BAR = (
    ("#3b3f46", ""),
    ("#b9bdc4", ""),
    ("white", ""),
    ("white", "//////"),
)
BAR_EDGE: dict[str, Any] = {"edgecolor": "#55595f", "linewidth": 0.4}

# Colour maps of the heatmaps. Dark is much, except in win rates, which are centred at 0.5.
ACCURACY_COLORS, AMOUNT_COLORS, WIN_RATE_COLORS = "crest", "YlOrBr", "vlag_r"
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
    "axes.edgecolor": RULE_COLOR,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": PANEL_TITLE_SIZE,
    "axes.titlepad": 3,
    "axes.labelsize": LABEL_SIZE,
    "axes.labelpad": 2,
    "figure.titlesize": TITLE_SIZE,
    "figure.titleweight": "bold",
    "figure.labelsize": LABEL_SIZE,
    "font.size": TEXT_SIZE,
    "grid.color": GRID_COLOR,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.5,
    "legend.fontsize": TEXT_SIZE,
    "legend.frameon": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": TEXT_SIZE,
    "ytick.labelsize": TEXT_SIZE,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    # Vector formats: selectable text, and the same bytes every time.
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "hal",
}


@contextmanager
def rc_context() -> Iterator[None]:
    """Apply the style of the figures to everything drawn or saved in the context.

    The style starts from the defaults of matplotlib and a theme of seaborn, so a `matplotlibrc`
    file has no effect. Use the context for saving as well, because some parameters take effect only
    then. It also works as a decorator.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(sns.axes_style("whitegrid") | sns.plotting_context("paper"))
        mpl.rcParams.update(RC_PARAMS)
        mpl.rcParams["font.family"] = "sans-serif"
        mpl.rcParams["font.sans-serif"] = installed_fonts()
        mpl.rcParams["figure.dpi"] = DPI
        yield


def installed_fonts() -> list[str]:
    """Return those of `FONTS` that are installed, since matplotlib looks up each for each text."""
    installed = set(font_manager.get_font_names())
    return [font for font in FONTS if font in installed]


def luminance(colors: np.ndarray) -> np.ndarray:
    """Return the relative luminance of sRGB colours, from 0 to 1.

    Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
    """
    channels = colors[..., :3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def edge_color(color: str) -> str:
    """Return a colour, darkened until its contrast to white is 3 or more."""
    shades = np.outer(1 - np.arange(0, 0.6, 0.1), to_rgb(color))
    return to_hex(shades[np.argmax(luminance(shades) <= 0.3)])


def tint(color: str) -> str:
    """Return a pale shade of a colour."""
    return to_hex(tuple(1 - 0.35 * (1 - each) for each in to_rgb(color)))  # type: ignore[arg-type]


def missing_characters(texts: Iterable[str]) -> list[str]:
    """Return the characters that no installed font of `FONTS` has, in the order of the texts."""
    missing = dict.fromkeys("".join(texts))
    for name in installed_fonts():
        font = font_manager.get_font(font_manager.findfont(name))
        missing = {char: None for char in missing if not font.get_char_index(ord(char))}
    return list(missing)
