"""Every text of the 18 figures is readable, whatever the data."""

import functools
import itertools
import re
from collections.abc import Callable, Sequence

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from figure_checks import (
    DOTS,
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
from matplotlib.lines import Line2D
from matplotlib.text import Text

import config
import visualizations
from hal_analysis import tables
from hal_analysis.plots import style
from hal_analysis.plots.display_names import shorten_names

DATA = {
    "1 x 1": grid_of_runs(1, 1),
    "odd names": random_runs(ODD_NAMES, ["b$1$_^", "long " * 40, "z"]),
    "30 x 11": grid_of_runs(30, 11),
    "2 x 40": grid_of_runs(2, 40),
    "60 x 3": grid_of_runs(60, 3),
    "coinciding": [(b, "S", f"model {n}", 0.5, 1, 1) for b in "ab" for n in range(12)],
}
FAST = ["1 x 1"]


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
    width, height = figure.get_size_inches()
    assert width == pytest.approx(config.FIGURE_WIDTH)
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
    n_columns = 0
    if name in FRONTIERS:
        for panel in panels:
            check_panel(panel)
        is_by_cost = name == "convex_model_cost_accuracy.png"
        table = "pareto_distances.csv" if is_by_cost else name.replace(".png", ".csv")
        check_names(panels, tables.read_table(table))
    elif name in HEATMAPS and panels:
        n_columns = len(figure.axes[0].get_xticks())
        check_cells(figure.axes[0])
    n_rows = len(figure.axes[0].get_yticks()) if name in HEATMAPS + DOTS else 0
    if config.FIGURE_WIDTH > 5 and n_rows <= 31 and len(panels) <= 12:
        assert height <= 9
    smallest = 5 if n_columns > 17 else 6
    assert min((text.get_fontsize() for text in texts), default=smallest) >= smallest


def check_panel(panel: Axes) -> None:
    """Check that names overlap neither the frame nor a marker, nor markers the frame."""
    markers = marker_boxes(panel)
    frame = panel.bbox
    assert (markers[:, :2] >= frame.min).all()
    assert (markers[:, 2:] <= frame.max).all()
    for text in panel.texts:
        box = text.get_window_extent()
        assert_inside(box, frame)
        is_covered = (markers[:, :2] < box.max).all(axis=1) & (markers[:, 2:] > box.min).all(axis=1)
        assert not is_covered.any(), text


def check_names(panels: Sequence[Axes], models: pd.DataFrame) -> None:
    """Check that each panel has the names of all models on its frontier, in bold, and no others."""
    if "benchmark_name" not in models:
        models["benchmark_name"] = ""
    labels = shorten_names(models.model_name_short)
    titles = shorten_names(models.benchmark_name)
    models = models.assign(
        label=models.model_name_short.map(labels), title=models.benchmark_name.map(titles)
    )
    by_title = {without_spaces(title): rows for title, rows in models.groupby("title")}
    assert len(panels) == len(by_title)
    for panel in panels:
        rows = by_title[without_spaces(panel.get_title("left"))] if len(panels) > 1 else models
        names = rows.label.map(without_spaces)
        drawn = {True: [], False: []}
        for text in panel.texts:
            name = re.sub(r"\(n=\d+\)", "", without_spaces(text.get_text()))
            # Points that hide each other have one label.
            each = [name] if name in set(names) else name.split(",")
            drawn[text.get_fontweight() == "bold"] += each
        assert sorted(drawn[True]) == sorted(names[rows.pareto_optimal])
        assert set(drawn[False]) <= set(names[~rows.pareto_optimal])
        assert len(set(drawn[False])) == len(drawn[False])


def without_spaces(text: str) -> str:
    """Return a text without the line breaks and spaces that wrapping may change."""
    return re.sub(r"\s", "", text)


def check_cells(axes: Axes) -> None:
    """Check that texts are inside their cells and readable on their colours."""
    mesh = axes.collections[0]
    faces = np.ones((*mesh.get_array().shape, 4))
    has_color = ~np.ma.getmaskarray(mesh.get_array())
    faces[has_color] = mesh.get_facecolor().reshape(faces.shape)[has_color]
    for text in axes.texts:
        column, row = np.floor(text.get_position()).astype(int)
        center = column + 0.5, row + 0.5
        assert text.get_position() == center
        corners = axes.transData.inverted().transform(text.get_window_extent().corners())
        assert (np.abs(corners - center) < 0.5).all()
        assert contrast(text.get_color(), faces[row, column]) > 4.5


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_names_are_drawn_as_written(project):
    names = [name for name in ODD_NAMES if len(name) < 40]
    project.write_runs(random_runs(names, ["one", "two"]))
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    for name in ("model_win_rates_max.png", "heatmaps/max_acc_overall_win_rate_heatmap.png"):
        labels = visualizations.FIGURES[name]().axes[0].get_yticklabels()
        assert {label.get_text() for label in labels} - {"Mean"} == set(names)


def test_names_do_not_reorder_the_text_of_figures(project):
    project.write_runs(random_runs(["A\u202eB", "C\x1b[31m"], ["b\u2066x", "c"]))
    for stage in ("cost_accuracy_curve", "win_rates", "convex_hull"):
        project.run(stage)
    models, benchmarks = {r"A\u202eB", r"C\x1b[31m"}, {r"b\u2066x", "c"}
    shown = {
        "model_win_rates_max.png": models,
        "heatmaps/max_acc_overall_win_rate_heatmap.png": models | benchmarks,
        "convex_model_cost_accuracy.png": benchmarks,
        "cost_win_rate_max.png": set(),  # the names have numbers of benchmarks
    }
    for name, expected in shown.items():
        texts = {text.get_text() for text in visualizations.FIGURES[name]().findobj(Text)}
        assert expected <= texts
        assert [text for text in texts if re.search("[\u202e\u2066\x1b]", text)] == []


@pytest.mark.parametrize(
    ("names", "is_titled"),
    [
        ([*NAMES[::6], NAMES[-1]], True),  # a figure of each kind
        pytest.param(NAMES, True, marks=pytest.mark.slow),
        pytest.param(NAMES, False, marks=pytest.mark.slow),
    ],
)
def test_figures_in_a_column_of_a_page(sample_project, monkeypatch, names, is_titled):
    sample_project.use(monkeypatch)
    monkeypatch.setattr(config, "FIGURE_WIDTH", 3.3)
    monkeypatch.setattr(config, "FIGURE_TITLES", is_titled)
    for name in names:
        with style.rc_context():
            figure = visualizations.FIGURES[name]()
            check_layout(figure, name)
        assert bool(figure.get_suptitle()) == is_titled


PANEL_FIGURES = ["convex_model_cost_accuracy.png", "convex_model_latency_accuracy.png"]


def labelled_points(panel: Axes) -> list[tuple[Text, Line2D, np.ndarray]]:
    """Return each name of a panel with its leader line and its point in pixels."""
    leaders = [line for line in panel.lines if line.get_color() == style.LEADER_COLOR]
    ends = [panel.transData.transform(line.get_xydata()) for line in leaders]
    labelled = []
    for text in panel.texts:
        box = text.get_window_extent()
        # A leader line starts at the edge of its name and ends at its point.
        gaps = [np.hypot(*np.maximum(0, np.maximum(box.min - e[0], e[0] - box.max))) for e in ends]
        nearest = int(np.argmin(gaps))
        assert gaps[nearest] < 1
        labelled.append((text, leaders[nearest], ends[nearest][1]))
    return labelled


@pytest.mark.parametrize("name", PANEL_FIGURES)
def test_leader_lines_are_visible_along_their_whole_length(sample_project, name):
    """Sample the pixels of each line from its name to the marker of its point."""
    figure = sample_figure(sample_project, name)
    picture = matplotlib.image.imread(sample_project.figures / name)
    n_pixels = 0
    for panel in figure.axes:
        markers = marker_boxes(panel)
        for text, line, point in labelled_points(panel):
            is_own = (markers[:, :2] - 3 < point).all(1) & (markers[:, 2:] + 3 > point).all(1)
            start = panel.transData.transform(line.get_xydata())[0]
            for fraction in np.linspace(0.1, 0.9, 9):
                place = start + fraction * (point - start)
                is_inside = (markers[:, :2] - 3 < place) & (markers[:, 2:] + 3 > place)
                if is_inside[is_own].all(1).any() or text.get_window_extent().contains(*place):
                    continue
                column, row = int(place[0]), picture.shape[0] - 1 - int(place[1])
                around = picture[row - 1 : row + 2, column - 1 : column + 2, :3]
                assert around.min() < 0.5, (panel.get_title("left"), text.get_text())
                n_pixels += 1
    assert n_pixels > 50


@pytest.mark.parametrize("name", PANEL_FIGURES)
def test_names_are_nearest_to_their_own_points(sample_project, name):
    figure = sample_figure(sample_project, name)
    n_names = 0
    for panel in figure.axes:
        markers = marker_boxes(panel)
        centers, radii = (markers[:, :2] + markers[:, 2:]) / 2, np.ptp(markers[:, ::2], axis=1) / 2
        for text, _, point in labelled_points(panel):
            box = text.get_window_extent()
            outside = np.maximum(0, np.maximum(box.min - centers, centers - box.max))
            gaps = np.hypot(*outside.T) - radii
            distances = np.hypot(*(centers - point).T)
            nearest_other = gaps[distances > 1].min(initial=np.inf)
            gap = gaps[np.argmin(distances)]
            assert gap <= 1.3 * nearest_other + 3, (panel.get_title("left"), text.get_text())
            n_names += 1
    assert n_names > 70
