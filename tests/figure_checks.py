"""Names of the figures, data to draw, and measurements of drawn figures."""

import functools
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from conftest import Project
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, BboxBase

import visualizations

NAMES = [
    "convex_model_cost_accuracy.png",
    "convex_model_latency_accuracy.png",
    "heatmaps/dist_overall_win_rate_heatmap.png",
    "heatmaps/generalist_accuracy_heatmap.png",
    "heatmaps/generalist_mean_latency_heatmap.png",
    "heatmaps/generalist_overall_win_rate_heatmap.png",
    "heatmaps/generalist_total_cost_heatmap.png",
    "heatmaps/max_acc_overall_win_rate_heatmap.png",
    "heatmaps/task_specific_accuracy_heatmap.png",
    "heatmaps/task_specific_mean_latency_heatmap.png",
    "heatmaps/task_specific_overall_win_rate_heatmap.png",
    "heatmaps/task_specific_total_cost_heatmap.png",
    "cost_win_rate_max.png",
    "cost_win_rate_pareto.png",
    "latency_win_rate_max.png",
    "latency_win_rate_pareto.png",
    "model_win_rates_max.png",
    "model_win_rates_pareto.png",
]
HEATMAPS = [name for name in NAMES if name.startswith("heatmaps/")]
DOTS = [name for name in NAMES if name.startswith("model_win_rates")]
FRONTIERS = [name for name in NAMES if name not in HEATMAPS + DOTS]
WIN_RATES = [name for name in NAMES if "win_rate" in name]

ODD_NAMES = [
    "$a_b^c$",
    "_under",
    r"back\slash {x}",
    "a, b",
    "x" * 300,
    "many words " * 9 + "high",
    "\u6a21\u578b-\u7532",
    "rocket \U0001f680",
    "=1+1",
]

Run = tuple[str, str, str, float, float | None, float | None]


def random_runs(models: Sequence[str], benchmarks: Iterable[str]) -> list[Run]:
    """Return runs whose costs differ by three orders of magnitude."""
    rng = np.random.default_rng(0)
    skills, prices = rng.normal(0, 1, len(models)), 10 ** rng.uniform(-1, 2, len(models))
    return [
        (
            benchmark,
            scaffold,
            model,
            round(float(1 / (1 + np.exp(-skills[index] - rng.normal(0, 0.7)))), 3),
            float(prices[index] * 10 ** rng.uniform(-0.3, 0.5)),
            float(10 ** rng.uniform(0.5, 3)),
        )
        for benchmark in benchmarks
        for index, model in enumerate(models)
        for scaffold in ("HAL Generalist Agent", f"Only for {benchmark}")
        if rng.random() < 0.85
    ]


def grid_of_runs(n_models: int, n_benchmarks: int) -> list[Run]:
    """Return runs of models with long names."""
    models = [
        f"provider-model-{number}-2025-{number % 12 + 1:02}-01{' high' * (number % 3 == 0)}"
        for number in range(n_models)
    ]
    return random_runs(models, [f"benchmark_number_{number}" for number in range(n_benchmarks)])


@functools.cache
def sample_figure(sample_project: Project, name: str) -> Figure:
    """Draw a figure of the sample, once for all tests, which must not change it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        sample_project.use(monkeypatch)
        return visualizations.FIGURES[name]()


def visible_texts(figure: Figure) -> list[Text]:
    """Return the texts of a figure that are visible and not blank."""
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def visible_strings(figure: Figure) -> list[str]:
    """Return the content of the visible texts of a figure."""
    return [text.get_text() for text in visible_texts(figure)]


def visible_panels(figure: Figure) -> list[Axes]:
    """Return the axes of a figure that show an axis."""
    return [axes for axes in figure.axes if axes.axison]


def text_corners(text: Text) -> np.ndarray:
    """Return the four corners of a text in pixels, rotated with it; an array of shape (4, 2)."""
    angle = text.get_rotation()
    if not angle or text.get_rotation_mode() != "anchor":
        return text.get_window_extent().corners()[[0, 1, 3, 2]]
    text.set_rotation(0)
    box = text.get_window_extent()
    text.set_rotation(angle)
    anchor = text.get_transform().transform(text.get_position())
    return Affine2D().rotate_deg_around(*anchor, angle).transform(box.corners()[[0, 1, 3, 2]])


def overlapping_texts(texts: Sequence[Text]) -> list[tuple[str, str]]:
    """Return the pairs of texts that overlap."""
    corners = [text_corners(text) for text in texts]
    low = np.array([points.min(axis=0) for points in corners])[:, np.newaxis]
    high = np.array([points.max(axis=0) for points in corners])[:, np.newaxis]
    boxes_overlap = ((low < high.swapaxes(0, 1)) & (low.swapaxes(0, 1) < high)).all(axis=2)
    return [
        (texts[i].get_text(), texts[j].get_text())
        for i, j in np.argwhere(np.triu(boxes_overlap, 1))
        if Path(corners[i]).intersects_path(Path(corners[j]))
    ]


def marker_boxes(axes: Axes) -> np.ndarray:
    """Return left, bottom, right and top of each marker in pixels; an array of shape (n, 4)."""
    boxes = []
    for points in axes.collections:
        if isinstance(points, PathCollection):
            centers = points.get_offset_transform().transform(points.get_offsets())
            paths, transforms = points.get_paths(), points.get_transforms()
            for index, center in enumerate(centers):
                transform = Affine2D(transforms[index % len(transforms)])
                box = paths[index % len(paths)].get_extents(transform)
                boxes.append((*(center + box.min), *(center + box.max)))
    return np.array(boxes).reshape(-1, 4)


def assert_inside(inner: BboxBase, outer: BboxBase) -> None:
    """Check that a box lies inside another."""
    assert inner.x0 >= outer.x0
    assert inner.x1 <= outer.x1
    assert inner.y0 >= outer.y0
    assert inner.y1 <= outer.y1


def to_linear_rgb(color: object) -> np.ndarray:
    """Return a colour in linear sRGB, an array of shape (3,)."""
    channels = np.array(to_rgb(color))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(color: object, other: object) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    weights = [0.2126, 0.7152, 0.0722]
    low, high = sorted(to_linear_rgb(each) @ weights for each in (color, other))
    return (high + 0.05) / (low + 0.05)
