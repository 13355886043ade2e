"""Pictures of the sample against small ones kept in tests/baseline.

Compared is what lies inside the axes, without its texts and brought to one size, so that another
build of FreeType, with letters a little wider, gives the same: two ways of hinting stand in for
such builds. To keep the pictures as they are now: `python tests/test_pictures.py` after a run of
the pipeline on the sample.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

BASELINE = Path(__file__).parent / "baseline"
SIZE = 36, 33  # pixels: four by three for each cell of the heatmap

# Root mean square of the difference, of 255, that is allowed. Hinting alone gives 0 in panels, 3 in
# bars and 7 in heatmaps, whose cells are as wide as their texts.
PICTURES = {
    "convex_model_cost_accuracy.png": 4,
    "cost_win_rate_max.png": 3,
    "heatmaps/task_specific_total_cost_heatmap.png": 10,
    "model_win_rates_max.png": 5,
}


def inside(name):
    """The first axes of a figure as an array of shape (height, width, 3)."""
    import style
    import visualizations

    figure = visualizations.FIGURES[name]()
    figure.set_dpi(100)
    leaders = [line for line in figure.axes[0].lines if line.get_color() == style.LEADER_COLOR]
    for artist in figure.findobj(Text) + leaders:
        artist.set_visible(False)
    figure.canvas.draw()
    left, bottom, right, top = figure.axes[0].bbox.extents
    height = figure.bbox.height
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])
    box = (left, height - top, right, height - bottom)
    return np.asarray(picture.resize(SIZE, Image.Resampling.BOX, box=box))


def difference(name):
    with Image.open(BASELINE / Path(name).name) as kept:
        return np.sqrt(np.mean((inside(name).astype(float) - np.asarray(kept)) ** 2))


@pytest.fixture
def sample_tables(sample_project, monkeypatch):
    import config

    monkeypatch.setattr(config, "TABLES_DIR", sample_project.tables)


@pytest.mark.parametrize("hinting", ["no_hinting", "default", "force_autohint"])
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_was(sample_tables, monkeypatch, name, hinting):
    monkeypatch.setitem(mpl.rcParams, "text.hinting", hinting)
    assert difference(name) < PICTURES[name]


@pytest.mark.parametrize("name", PICTURES)
def test_a_changed_picture_would_be_seen(sample_tables, monkeypatch, name):
    """Other colours in heatmaps and bars, other limits in panels."""
    import style
    import visualizations

    limits = visualizations._limits
    monkeypatch.setattr(style, "CELL_COLORS", mpl.colormaps["Purples"])
    monkeypatch.setattr(
        visualizations,
        "_limits",
        lambda *ends, **options: np.multiply(limits(*ends, **options), 1.05),
    )
    assert difference(name) > 1.5 * PICTURES[name]


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(Path(__file__).parent.parent))
    BASELINE.mkdir(exist_ok=True)
    for picture in PICTURES:
        Image.fromarray(inside(picture)).save(BASELINE / Path(picture).name, optimize=True)
