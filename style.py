"""How the figures look: colours, sizes, fonts. What is drawn with them is in visualizations.py."""

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import fontManager

DPI = 300
TITLE_SIZE, PANEL_TITLE_SIZE, LABEL_SIZE, TICK_SIZE = 15, 12, 11, 10  # points
CELL_SIZE = 9
NOTE_SIZE = 10

# Blue and vermilion stay apart for every kind of colour blindness, and the shapes differ too.
FRONTIER_COLOR, OTHER_COLOR = "#c23b00", "#00669e"
FRONTIER_MARKER = {"marker": "D", "color": FRONTIER_COLOR, "label": "Pareto optimal"}
OTHER_MARKER = {"marker": "o", "color": OTHER_COLOR, "label": "Non-optimal"}
FRONTIER_MARKER_SIZE, OTHER_MARKER_SIZE = 0.9, 0.8  # of the letters beside

INK, LEADER_COLOR = "#26282b", "#8a8f98"
NOTE_COLOR = "#55595f"
INTERVAL = {"color": "#cfd3da", "lw": 1.4}
BAR_INTERVAL, BAR_INTERVAL_EDGE = {"color": INK, "lw": 0.9}, {"color": "white", "lw": 2.4}
GRID_COLOR, PANEL_COLOR = "#dcdfe4", "#f8f9fb"
CELL_COLORS = LinearSegmentedColormap.from_list("purples", ["#efe9f7", "#8d66c2", "#2f0a5c"])
NO_RUNS_COLORS = "#f4f5f7", "#6a6f76"  # cell and text
NO_VALUE_COLORS = "#d3d7dc", INK
WHITE_BELOW = 0.179  # luminance under which white stands out more than black

# Asked in this order for letters that the first lacks, as far as the machine has them.
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
INSTALLED = {font.name for font in fontManager.ttflist}

mpl.rcParams.update(
    {
        "font.family": [font for font in FONTS if font in INSTALLED],
        "text.parse_math": False,  # a $ in a name is a dollar sign
        "text.hinting": "no_hinting",  # texts are as long at any resolution
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": GRID_COLOR,
        "axes.facecolor": PANEL_COLOR,
        "axes.axisbelow": True,
        "axes.titleweight": "bold",
        "axes.titlesize": PANEL_TITLE_SIZE,
        "axes.labelsize": LABEL_SIZE,
        "figure.dpi": DPI,
        "figure.titlesize": TITLE_SIZE,
        "figure.titleweight": "bold",
        "grid.color": GRID_COLOR,
        "grid.linewidth": 0.6,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": TICK_SIZE,
        "ytick.labelsize": TICK_SIZE,
        # Vector figures: text that can be selected, the same bytes each time.
        "pdf.fonttype": 42,
        "svg.fonttype": "none",
        "svg.hashsalt": "hal",
    }
)
