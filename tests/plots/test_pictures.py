"""Figures of the sample against small pictures in `baseline`.

The inside of the axes is compared, without texts and reduced to a common size, so that other builds
of FreeType, with slightly wider glyphs, give the same result. Two types of hinting simulate such
builds. `python tests/plots/test_pictures.py` replaces the pictures by the current ones, from the
tables in TABLES_DIR.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

import visualizations
from hal_analysis.plots import style, ticks

BASELINE = Path(__file__).parent / "baseline"
SIZE = 39, 30  # pixels: three by three for each cell of the heatmap

# Largest root mean square difference, on a scale of 255. Hinting alone gives 2.5 in panels, 1 in
# single panels and dots, and 9 in heatmaps, whose rows are as high as their texts.
TOLERANCES = {
    "convex_model_cost_accuracy.png": 4,
    "cost_win_rate_max.png": 2,
    "heatmaps/task_specific_total_cost_heatmap.png": 12,
    "model_win_rates_max.png": 2,
}


def draw_first_axes(name: str) -> np.ndarray:
    """Draw the inside of the first axes of a figure; return an array of shape (30, 39, 3)."""
    figure = visualizations.FIGURES[name]()
    figure.set_dpi(100)
    FigureCanvasAgg(figure)
    leaders = [line for line in figure.axes[0].lines if line.get_color() == style.LEADER_COLOR]
    for artist in figure.findobj(Text) + leaders:
        artist.set_visible(False)
    with style.rc_context():
        figure.canvas.draw()
    left, bottom, right, top = figure.axes[0].bbox.extents
    height = figure.bbox.height
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])
    box = (left, height - top, right, height - bottom)
    return np.asarray(picture.resize(SIZE, Image.Resampling.BOX, box=box))


def difference_from_baseline(name: str) -> float:
    """Return the root mean square difference of a figure from its picture."""
    with Image.open(BASELINE / Path(name).name) as baseline:
        return np.sqrt(np.mean((draw_first_axes(name).astype(float) - np.asarray(baseline)) ** 2))


@pytest.mark.parametrize(
    "hinting",
    [
        "no_hinting",
        pytest.param("default", marks=pytest.mark.slow),
        pytest.param("force_autohint", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", TOLERANCES)
def test_picture_is_unchanged(sample_project, monkeypatch, name, hinting):
    sample_project.use(monkeypatch)
    monkeypatch.setitem(style.RC_PARAMS, "text.hinting", hinting)
    assert difference_from_baseline(name) < TOLERANCES[name]


@pytest.mark.parametrize("name", TOLERANCES)
def test_changed_picture_is_detected(sample_project, monkeypatch, name):
    """Check other colours in heatmaps, other limits in panels, and other intervals."""
    sample_project.use(monkeypatch)
    monkeypatch.setattr(style, "INTERVAL_COLOR", "#e0e0e0")
    axis_limits = ticks.axis_limits
    monkeypatch.setattr(
        visualizations,
        "METRICS",
        {
            name: dataclasses.replace(metric, colors="Purples")
            for name, metric in visualizations.METRICS.items()
        },
    )
    monkeypatch.setattr(
        ticks,
        "axis_limits",
        lambda *arguments, **options: np.multiply(axis_limits(*arguments, **options), 1.05),
    )
    assert difference_from_baseline(name) > 1.5 * TOLERANCES[name]


if __name__ == "__main__":
    BASELINE.mkdir(exist_ok=True)
    for picture_name in TOLERANCES:
        picture = Image.fromarray(draw_first_axes(picture_name))
        picture.save(BASELINE / Path(picture_name).name, optimize=True)
