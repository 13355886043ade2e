"""Every text of the 18 figures is readable, whatever the data."""

import functools
import itertools
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from figure_checks import (
    BARS,
    FRONTIERS,
    HEATMAPS,
    NAMES,
    ODD_NAMES,
    assert_inside,
    contrast,
    grid_of_runs,
    marker_boxes,
    overlapping_texts,
    random_runs,
    sample_figure,
    visible_panels,
    visible_texts,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import visualizations
from hal_analysis import tables
from hal_analysis.plots import style

DATA = {
    "1 x 1": grid_of_runs(1, 1),
    "odd names": random_runs(ODD_NAMES, ["b$1$_^", "long " * 40, "z"]),
    "30 x 11": grid_of_runs(30, 11),
    "2 x 40": grid_of_runs(2, 40),
    "60 x 3": grid_of_runs(60, 3),
    "coinciding": [(b, "S", f"model {n}", 0.5, 1, 1) for b in "ab" for n in range(12)],
}
FAST = ["1 x 1", "odd names"]


def test_layout_of_the_sample(sample_project, monkeypatch):
    sample_project.use(monkeypatch)
    check_layouts(functools.partial(sample_figure, sample_project))


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize(
    "name", [*FAST, *(pytest.param(n, marks=pytest.mark.slow) for n in DATA if n not in FAST)]
)
def test_layout(project, monkeypatch, name):
    monkeypatch.setattr(style, "DPI", 100)
    project.write_runs(DATA[name])
    for stage in ("cost_accuracy_curve", "win_rates", "convex_hull"):
        project.run(stage)
    check_layouts(lambda figure_name: visualizations.FIGURES[figure_name]())


def check_layouts(draw: Callable[[str], Figure]) -> None:
    for name in NAMES:
        try:
            with style.rc_context():
                check_layout(draw(name), name)
        except AssertionError as error:
            error.add_note(f"in {name}")
            raise


def check_layout(figure: Figure, name: str) -> None:
    figure.draw_without_rendering()
    texts = visible_texts(figure)
    for text in texts:
        assert_inside(text.get_window_extent(), figure.bbox)
    assert overlapping_texts(texts) == []
    panels = visible_panels(figure)
    page_texts = [*figure.texts, *(text for legend in figure.legends for text in legend.texts)]
    for text in page_texts:
        box = text.get_window_extent()
        assert not any(box.overlaps(axes.bbox) for axes in panels)
    for axes, other_axes in itertools.combinations(panels, 2):
        assert not axes.bbox.overlaps(other_axes.bbox)
    if name in FRONTIERS:
        for panel in panels:
            check_panel(panel)
        is_by_cost = name == "convex_model_cost_accuracy.png"
        table = "pareto_distances.csv" if is_by_cost else name.replace(".png", ".csv")
        check_names(figure, tables.read_table(table))
    elif name in HEATMAPS and panels:
        check_cells(figure.axes[0])
    elif name in BARS and panels:
        for text in figure.axes[0].texts:
            assert_inside(text.get_window_extent(), figure.axes[0].bbox)


def check_panel(panel: Axes) -> None:
    """Check that labels overlap neither the frame nor a marker, nor markers the frame."""
    markers = marker_boxes(panel)
    frame = panel.bbox
    assert (markers[:, :2] >= frame.min).all()
    assert (markers[:, 2:] <= frame.max).all()
    assert len(panel.texts) == len(markers)
    for text in panel.texts:
        box = text.get_window_extent()
        assert_inside(box, frame)
        is_covered = (markers[:, :2] < box.max).all(axis=1) & (markers[:, 2:] > box.min).all(axis=1)
        assert not is_covered.any(), text


def check_names(figure: Figure, models: pd.DataFrame) -> None:
    """Check that each panel has the name of each model or its number in the key.

    Models on the frontier always have their names.
    """
    if models.empty:
        return
    key, number = {}, ""
    for line in itertools.chain.from_iterable(t.get_text().splitlines() for t in figure.texts[1:]):
        new_number, name = re.fullmatch(r"(\d*) +(.*)", line).groups()
        number = new_number or number
        key[number] = key.get(number, "") + name
    if "benchmark_name" not in models:
        models["benchmark_name"] = ""
    groups = models.groupby("benchmark_name")
    for panel, (benchmark, rows) in zip(visible_panels(figure), groups, strict=True):
        assert without_spaces(panel.get_title()) == without_spaces(benchmark)
        labels = [text.get_text() for text in panel.texts]
        names = [without_spaces(key.get(label, label)) for label in labels]
        assert sorted(names) == sorted(map(without_spaces, rows.model_name_short))
        frontier = {without_spaces(name) for name in rows.model_name_short[rows.pareto_optimal]}
        assert frontier <= set(map(without_spaces, labels))


def without_spaces(text: str) -> str:
    """Return a text without the line breaks and spaces that wrapping may change."""
    return re.sub(r"\s", "", text)


def check_cells(axes: Axes) -> None:
    """Check that texts are inside their cells and readable on their colours."""
    faces = axes.collections[0].get_facecolor()
    n_columns = len(axes.get_xticks())
    assert len(axes.texts) == len(faces)
    for index, (text, face) in enumerate(zip(axes.texts, faces, strict=True)):
        row, column = divmod(index, n_columns)
        center = column + 0.5, row + 0.5
        assert text.get_position() == center
        corners = axes.transData.inverted().transform(text.get_window_extent().corners())
        assert (np.abs(corners - center) < 0.5).all()
        assert contrast(text.get_color(), face) > 4.5


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_names_are_drawn_as_written(project):
    project.write_runs(DATA["odd names"])
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    for name in ("model_win_rates_max.png", "heatmaps/max_acc_overall_win_rate_heatmap.png"):
        labels = visualizations.FIGURES[name]().axes[0].get_xticklabels()
        drawn_names = {without_spaces(label.get_text()) for label in labels}
        assert drawn_names == set(map(without_spaces, ODD_NAMES))
