"""The style of the figures: colours that everyone can tell apart, and no global state."""

import itertools
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from figure_checks import contrast, to_linear_rgb

from hal_analysis.plots import style
from hal_analysis.plots.dots import draw_win_rate_dots
from hal_analysis.plots.export import figure_to_bytes
from hal_analysis.plots.providers import PROVIDER_STYLES

# Colours as seen without one type of cone, in linear RGB (Machado, Oliveira and Fernandes 2009).
PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]
DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]
TRITANOPIA = [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.303900],
]


def to_lab(linear: np.ndarray) -> np.ndarray:
    """Convert linear sRGB with white point D65 to CIELAB."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ratios = np.clip(to_xyz @ linear, 0, None) / (0.9505, 1, 1.089)
    x, y, z = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", [np.eye(3), PROTANOPIA, DEUTERANOPIA, TRITANOPIA])
def test_providers_differ_in_colour_or_shape(vision):
    """A difference in CIELAB of 15 is far above 2.3, which is just noticeable."""
    for (_, first), (_, second) in itertools.combinations(PROVIDER_STYLES.items(), 2):
        colors = [to_lab(vision @ to_linear_rgb(color)) for color, _ in (first, second)]
        assert first[1] != second[1] or np.linalg.norm(colors[0] - colors[1]) > 15
    # The first four, which are the most common ones, differ in colour alone.
    common = [
        to_lab(vision @ to_linear_rgb(color)) for color, _ in list(PROVIDER_STYLES.values())[:4]
    ]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(common, 2)) > 15


def test_intervals_and_outcomes_stand_out():
    assert contrast(style.INTERVAL_COLOR, "white") > 3
    assert contrast(style.LEADER_COLOR, "white") > 4.5
    assert contrast(style.NOTE_COLOR, "white") > 4.5
    assert contrast(style.WON_BAR[0], style.UNDECIDED_BAR[0]) > 3
    assert contrast(style.BAR_EDGE["edgecolor"], "white") > 4.5


def draw_dots() -> bytes:
    rates = pd.DataFrame({"model_name_short": ["a", "b"], "overall_win_rate": [0.25, 0.75]})
    rates = rates.assign(win_rate_ci_low=0.1, win_rate_ci_high=0.9, benchmarks=9)
    figure = draw_win_rate_dots(rates.assign(rank_low=1, rank_high=2), [], title="Title")
    return figure_to_bytes(figure, "svg")


def test_figures_ignore_and_preserve_the_rc_params(monkeypatch):
    expected = draw_dots()
    for name, value in {"font.size": 17, "text.usetex": True, "lines.linewidth": 5}.items():
        monkeypatch.setitem(mpl.rcParams, name, value)
    before = dict(mpl.rcParams)
    assert draw_dots() == expected
    assert dict(mpl.rcParams) == before


@pytest.mark.slow
def test_figures_ignore_a_matplotlibrc_in_the_current_folder(tmp_path):
    (tmp_path / "matplotlibrc").write_text(
        "text.usetex: True\nfont.size: 17\naxes.facecolor: red\nsavefig.bbox: tight\n"
    )
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; import matplotlib; "
        "assert matplotlib.rcParams['text.usetex']; "
        "from plots.test_style import draw_dots; sys.stdout.buffer.write(draw_dots())"
    )
    root = Path(style.__file__).parents[2]
    command = [sys.executable, "-c", code, root, root / "tests"]
    assert subprocess.check_output(command, cwd=tmp_path) == draw_dots()


def test_importing_the_plots_does_not_change_the_rc_params():
    code = (
        "import matplotlib; before = dict(matplotlib.rcParams); import visualizations; "
        "assert dict(matplotlib.rcParams) == before"
    )
    root = Path(style.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
