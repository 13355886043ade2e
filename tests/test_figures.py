"""The 18 figures: what they show, and that every text is readable, on data of any size."""

import itertools
import re
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
from conftest import Project
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.path import Path as Shape
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

import config
import style
import tables
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
BARS = [name for name in NAMES if name.startswith("model_win_rates")]
TABLE_OF = {"convex_model_cost_accuracy.png": "pareto_distances.csv"}
FRONTIERS = [name for name in NAMES if name not in HEATMAPS + BARS]

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


def runs_of(names, benchmarks):
    """Runs of models with long names whose costs spread over three orders of magnitude."""
    random = np.random.default_rng(0)
    skill, price = random.normal(0, 1, len(names)), 10 ** random.uniform(-1, 2, len(names))
    return [
        (
            benchmark,
            scaffold,
            name,
            round(float(1 / (1 + np.exp(-skill[model] - random.normal(0, 0.7)))), 3),
            float(price[model] * 10 ** random.uniform(-0.3, 0.5)),
            float(10 ** random.uniform(0.5, 3)),
        )
        for benchmark in benchmarks
        for model, name in enumerate(names)
        for scaffold in ("HAL Generalist Agent", f"Only for {benchmark}")
        if random.random() < 0.85
    ]


def field(models, benchmarks):
    names = [
        f"provider-model-{number}-2025-{number % 12 + 1:02}-01{' high' * (number % 3 == 0)}"
        for number in range(models)
    ]
    return runs_of(names, [f"benchmark_number_{number}" for number in range(benchmarks)])


DATA = {
    "30 x 11": field(30, 11),
    "1 x 1": field(1, 1),
    "2 x 40": field(2, 40),
    "60 x 3": field(60, 3),
    "odd names": runs_of(ODD_NAMES, ["b$1$_^", "long " * 40, "z"]),
    "coinciding": [(b, "S", f"model {n}", 0.5, 1, 1) for b in "ab" for n in range(12)],
}


@pytest.fixture(scope="session")
def tables_by_name(tmp_path_factory, sample_project):
    """The tables of stages 1 to 5 for each of `DATA`, and of the sample."""
    folders = {"sample": sample_project.tables}
    for name, rows in DATA.items():
        project = Project(tmp_path_factory.mktemp(name.replace(" ", "_")) / "project")
        project.write_runs(rows)
        stages = ["check_data", "cost_accuracy_curve", "win_rates", "convex_hull"]
        project.run_well("run_pipeline.py", "--only", *stages)
        folders[name] = project.tables
    return folders


@pytest.fixture
def tables_of(monkeypatch):
    """Let the figures draw the tables of a project."""

    def use(project):
        monkeypatch.setattr(config, "TABLES_DIR", project.tables)

    return use


def visible_texts(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def texts_of(figure):
    return [text.get_text() for text in visible_texts(figure)]


# Where texts, markers, axes and page lie, in pixels.


def outline(text):
    """The four corners of a text, slanted as it stands."""
    angle = text.get_rotation()
    text.set_rotation(0)
    box = text.get_window_extent()
    text.set_rotation(angle)
    anchor = text.get_transform().transform(text.get_position())
    turn = angle if text.get_rotation_mode() == "anchor" else 0
    if not turn and angle:
        box = text.get_window_extent()
    return Affine2D().rotate_deg_around(*anchor, turn).transform(box.corners()[[0, 1, 3, 2]])


def overlapping(texts):
    """Pairs of texts that cover each other."""
    outlines = [outline(text) for text in texts]
    low = np.array([corners.min(axis=0) for corners in outlines])[:, np.newaxis]
    high = np.array([corners.max(axis=0) for corners in outlines])[:, np.newaxis]
    close = ((low < high.swapaxes(0, 1)) & (low.swapaxes(0, 1) < high)).all(axis=2)
    return [
        (texts[one].get_text(), texts[other].get_text())
        for one, other in np.argwhere(np.triu(close, 1))
        if Shape(outlines[one]).intersects_path(Shape(outlines[other]))
    ]


def marker_boxes(axes):
    """Left, bottom, right and top of each marker in a panel."""
    boxes = []
    for line in axes.lines:
        if line.get_marker() in ("D", "o"):
            half = line.get_markersize() * axes.figure.dpi / 72 / 2
            half *= np.sqrt(2) if line.get_marker() == "D" else 1
            centers = axes.transData.transform(line.get_xydata())
            boxes += [(*(center - half), *(center + half)) for center in centers]
    return np.array(boxes)


def panels_of(figure):
    return [axes for axes in figure.axes if axes.axison]


def assert_inside(box, outer):
    assert box.x0 >= outer.x0 and box.x1 <= outer.x1 and box.y0 >= outer.y0 and box.y1 <= outer.y1


def contrast(one, other):
    """Contrast of two colours as WCAG 2 defines it, from 1 to 21."""

    def luminance(color):
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in to_rgb(color)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", ["sample", *DATA])
def test_layout(monkeypatch, tables_by_name, data, name):
    monkeypatch.setattr(config, "TABLES_DIR", tables_by_name[data])
    figure = visualizations.FIGURES[name]()
    figure.draw_without_rendering()
    texts = visible_texts(figure)
    for text in texts:
        assert_inside(text.get_window_extent(), figure.bbox)
    assert overlapping(texts) == []
    on_page = [*figure.texts, *(text for legend in figure.legends for text in legend.texts)]
    for text, axes in itertools.product(on_page, panels_of(figure)):
        assert not text.get_window_extent().overlaps(axes.bbox)
    for one, other in itertools.combinations(panels_of(figure), 2):
        assert not one.bbox.overlaps(other.bbox)
    if name in FRONTIERS:
        for panel in panels_of(figure):
            check_panel(panel)
        check_names(figure, tables.read_table(TABLE_OF.get(name, name[:-4] + ".csv")))
    elif name in HEATMAPS and panels_of(figure):
        check_cells(figure.axes[0])
    elif panels_of(figure):
        for text in figure.axes[0].texts:
            assert_inside(text.get_window_extent(), figure.axes[0].bbox)


def check_panel(panel):
    """Names clear of the frame and of every marker, markers clear of the frame."""
    markers = marker_boxes(panel)
    frame = panel.bbox
    assert (markers[:, :2] >= frame.min).all() and (markers[:, 2:] <= frame.max).all()
    assert len(panel.texts) == len(markers)
    for text in panel.texts:
        box = text.get_window_extent()
        assert_inside(box, frame)
        covered = (markers[:, :2] < box.max).all(axis=1) & (markers[:, 2:] > box.min).all(axis=1)
        assert not covered.any(), text


def check_names(figure, models):
    """Each model has its name, or a number of the key, in its panel; the frontier its name."""
    if models.empty:
        return
    lines = [line for text in figure.texts[1:] for line in text.get_text().splitlines()]
    key, latest = {}, ""
    for line in lines:
        number, name = re.fullmatch(r"(\d*) +(.*)", line).groups()
        latest = number or latest
        key[latest] = key.get(latest, "") + name
    if "benchmark_name" not in models:
        models["benchmark_name"] = ""
    groups = models.groupby("benchmark_name")
    for panel, (benchmark, rows) in zip(panels_of(figure), groups, strict=True):
        assert bare(panel.get_title()) == bare(benchmark)
        written = [text.get_text() for text in panel.texts]
        named = [bare(key.get(text, text)) for text in written]
        assert sorted(named) == sorted(map(bare, rows.model_name_short))
        assert {bare(name) for name in rows.model_name_short[rows.pareto_optimal]} <= {
            bare(text) for text in written
        }


def bare(text):
    """A text without the breaks at which it may be wrapped."""
    return re.sub(r"\s", "", text)


def check_cells(axes):
    """Texts inside their cells, and readable on their colour."""
    faces = axes.collections[0].get_facecolor()
    columns = len(axes.get_xticks())
    assert len(axes.texts) == len(faces)
    for number, text in enumerate(axes.texts):
        row, column = divmod(number, columns)
        assert text.get_position() == (column + 0.5, row + 0.5)
        corners = axes.transData.inverted().transform(text.get_window_extent().corners())
        assert (np.abs(corners - (column + 0.5, row + 0.5)) < 0.5).all()
        assert contrast(text.get_color(), faces[number]) > 4.5


# What the figures show.


def test_figures_are_the_18():
    assert list(visualizations.FIGURES) == NAMES


def test_the_pipeline_writes_the_18_at_300_dpi(sample_project):
    written = [
        path.relative_to(sample_project.figures) for path in sample_project.figures.rglob("*.png")
    ]
    assert sorted(map(str, written)) == sorted(NAMES)
    pixels = matplotlib.image.imread(sample_project.figures / "cost_win_rate_max.png")
    assert pixels.shape == (2295, 3225, 3)
    assert (
        b"pHYs\x00\x00.#\x00\x00.#\x01"
        in (sample_project.figures / "cost_win_rate_max.png").read_bytes()
    )  # 11,811 pixels a metre


def test_the_picture_has_the_pixels_of_the_canvas(sample_project, tables_of):
    tables_of(sample_project)
    figure = visualizations.FIGURES["model_win_rates_max.png"]()
    figure.canvas.draw()
    pixels = matplotlib.image.imread(sample_project.figures / "model_win_rates_max.png")
    assert (pixels * 255 == np.asarray(figure.canvas.buffer_rgba())[..., :3]).all()


def test_the_frontier_is_straight_in_cost_on_a_logarithmic_axis(project, tables_of):
    points = [("A", 0.1, 0.1), ("B", 0.5, 10), ("C", 0.7, 90.1), ("D", 0.3, 50)]
    project.write_runs([("b", "S", name, accuracy, cost, 1) for name, accuracy, cost in points])
    project.run_well("run_pipeline.py", "--from", "cost_accuracy_curve")
    tables_of(project)
    panel = visualizations.FIGURES["convex_model_cost_accuracy.png"]().axes[0]
    assert panel.get_xscale() == "log"
    x, y = panel.lines[0].get_data()
    assert len(x) > 50
    for cost, accuracy in zip(x, y, strict=True):
        straight = 0.1 + 0.4 * (cost - 0.1) / 9.9 if cost <= 10 else 0.5 + 0.2 * (cost - 10) / 80.1
        assert accuracy == pytest.approx(straight)
    assert [tick.get_text() for tick in panel.get_xticklabels()] == ["0.1", "1", "10", "100"]


@pytest.mark.parametrize(
    ("costs", "scale"), [((1, 100), "linear"), ((1, 101), "log"), ((0, 1000), "linear")]
)
def test_scale_of_an_axis(project, tables_of, costs, scale):
    project.write_runs([("b", "S", f"m{cost}", 0.1 + cost / 5000, cost, 1) for cost in costs])
    project.run_well("cost_accuracy_curve.py")
    tables_of(project)
    panel = visualizations.FIGURES["convex_model_cost_accuracy.png"]().axes[0]
    assert panel.get_xscale() == scale


def test_heatmap_cells(project, tables_of):
    project.write_runs(
        [
            ("b1", "HAL Generalist Agent", "A", 0.25, 1.0, 3.0),
            ("b1", "HAL Generalist Agent", "A", 0.75, 2.0, None),
            ("b1", "HAL Generalist Agent", "B", 0.5, None, None),
            ("b2", "HAL Generalist Agent", "B", 0.5, 4.0, 9.0),
            ("b2", "S", "C", 0.5, 4.0, 9.0),
        ]
    )
    tables_of(project)

    def cells(name):
        axes = visualizations.FIGURES[name]().axes[0]
        return {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in axes.texts}

    assert cells("heatmaps/generalist_accuracy_heatmap.png") == {
        (0.5, 0.5): "0.50",
        (0.5, 1.5): "0.50",
        (0.5, 2.5): "no runs",
        (1.5, 0.5): "no runs",
        (1.5, 1.5): "0.50",
        (1.5, 2.5): "no runs",
    }
    assert cells("heatmaps/generalist_total_cost_heatmap.png") == {
        (0.5, 0.5): "1.50",
        (0.5, 1.5): "n/a",
        (0.5, 2.5): "no runs",
        (1.5, 0.5): "no runs",
        (1.5, 1.5): "4.00",
        (1.5, 2.5): "no runs",
    }
    assert cells("heatmaps/task_specific_mean_latency_heatmap.png") == {
        (0.5, 0.5): "no runs",
        (0.5, 1.5): "no runs",
        (0.5, 2.5): "9.00",
    }


def test_one_outlier_does_not_blank_the_rest_of_a_heatmap(project, tables_of):
    costs = [0, 0.001, 1, 2, 4, 10_000]
    project.write_runs([("b", "S", f"m{n}", 0.5, cost, 1) for n, cost in enumerate(costs)])
    tables_of(project)
    figure = visualizations.FIGURES["heatmaps/task_specific_total_cost_heatmap.png"]()
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == [
        "0",
        "0.00100",
        "1.00",
        "2.00",
        "4.00",
        "10,000",
    ]
    faces = axes.collections[0].get_facecolor()
    # Logarithmic from 0.001 to 10,000: 1 lies at 3/7 of the scale; 0 has the palest colour.
    expected = [style.CELL_COLORS(place) for place in (0.0, 0.0, 3 / 7)]
    assert np.abs(np.array(faces[:3]) - expected).max() < 1e-9
    assert np.abs(np.array(faces[5]) - style.CELL_COLORS(1.0)).max() < 1e-9


def test_the_models_stand_in_the_same_order_in_all_heatmaps(sample_project, tables_of):
    tables_of(sample_project)
    orders = {
        tuple(
            label.get_text() for label in visualizations.FIGURES[name]().axes[0].get_xticklabels()
        )
        for name in HEATMAPS
    }
    assert len(orders) == 1
    assert sorted(orders.pop()) == sorted(
        set(sample_project.table("cleaned_all_metrics.csv").model_name_short)
    )


def test_bars_are_sorted_and_carry_their_values(sample_project, tables_of):
    tables_of(sample_project)
    axes = visualizations.FIGURES["model_win_rates_pareto.png"]().axes[0]
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == sorted(heights, reverse=True)
    assert [text.get_text() for text in axes.texts] == [f"{height:.2f}" for height in heights]


@pytest.fixture
def one_model(project):
    project.write_runs([("b", "S", "A", 0.5, 1.0, None)])
    project.run_well("run_pipeline.py", "--from", "check_data")
    return project


def test_one_model_on_one_benchmark(one_model, tables_of):
    assert len(list(one_model.figures.rglob("*.png"))) == 18
    tables_of(one_model)
    messages = {
        "model_win_rates_max.png": "No comparisons: a win rate needs two models in a benchmark",
        "convex_model_latency_accuracy.png": "No mean latency in the data",
        "latency_win_rate_max.png": "No model with both a win rate and a mean latency",
        "heatmaps/task_specific_mean_latency_heatmap.png": "No mean latency in the data",
        "heatmaps/generalist_accuracy_heatmap.png": "No runs",
        "heatmaps/max_acc_overall_win_rate_heatmap.png": "No win rate in the data",
    }
    for name, message in messages.items():
        assert message in texts_of(visualizations.FIGURES[name]())
    assert "A" in texts_of(visualizations.FIGURES["convex_model_cost_accuracy.png"]())


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_names_come_out_as_written(monkeypatch, tables_by_name):
    monkeypatch.setattr(config, "TABLES_DIR", tables_by_name["odd names"])
    for name in ("model_win_rates_max.png", "heatmaps/max_acc_overall_win_rate_heatmap.png"):
        labels = visualizations.FIGURES[name]().axes[0].get_xticklabels()
        joined = {label.get_text().replace("\n", "").replace(" ", "") for label in labels}
        assert joined == {name.replace(" ", "") for name in ODD_NAMES}


def test_letters_that_no_font_has_make_no_noise(project):
    project.write_runs([("b", "S", name, 0.1 * n, n, n) for n, name in enumerate(ODD_NAMES)])
    project.run_well("run_pipeline.py", "--from", "cost_accuracy_curve")
    assert len(list(project.figures.rglob("*.png"))) == 18


# Colours that everyone can tell apart.

# What those see who lack one kind of cone, in linear RGB (Machado, Oliveira and Fernandes 2009).
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


def lab(linear):
    """CIELAB of linear sRGB, white point D65."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ratios = np.clip(to_xyz @ linear, 0, None) / (0.9505, 1, 1.089)
    x, y, z = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("seen", [np.eye(3), PROTANOPIA, DEUTERANOPIA, TRITANOPIA])
def test_colours_of_the_frontier_and_of_others(seen):
    """Far more apart than the 2.3 that one just notices, and readable on the panel."""
    colors = []
    for color in (style.FRONTIER_COLOR, style.OTHER_COLOR):
        parts = np.array(to_rgb(color))
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        colors.append(lab(seen @ linear))
        assert contrast(color, style.PANEL_COLOR) > 4.5
    assert np.linalg.norm(colors[0] - colors[1]) > 40


# Vector figures, and what is not imported.


def test_formats(project):
    project.write_runs([("b", "S", name, 0.1, 1, 1) for name in ("model $1", "model <2>")])
    project.run_well("run_pipeline.py", "--from", "cost_accuracy_curve", "--format", "pdf,svg,png")
    kinds = [path.suffix for path in project.figures.rglob("*.*")]
    assert {kind: kinds.count(kind) for kind in kinds} == {".pdf": 18, ".svg": 18, ".png": 18}
    drawing = (project.figures / "model_win_rates_max.svg").read_text(encoding="utf-8")
    assert ">model $1<" in drawing and ">model &lt;2&gt;<" in drawing
    page = (project.figures / "model_win_rates_max.pdf").read_bytes()
    assert page.startswith(b"%PDF") and b"/Type3" not in page  # letters of which are no text
    before = {path: path.read_bytes() for path in project.figures.rglob("*.*")}
    project.run_well("visualizations.py", "--format", "svg,pdf")
    assert {path: path.read_bytes() for path in before} == before


def imported_by(*command):
    process = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    return {line.split("|")[-1].strip() for line in process.stderr.splitlines()}


def test_what_start_up_imports(sample_project):
    assert "matplotlib" not in imported_by(sample_project.folder / "win_rates.py")
    helped = imported_by(sample_project.folder / "run_pipeline.py", "--help")
    assert "argparse" in helped
    assert not helped & {"pandas", "numpy", "matplotlib"}


# How sure win rates are, and what they are of.

WIN_RATE_FIGURES = [name for name in NAMES if "win_rate" in name]


def segments(figure):
    """Vertical lines in the first axes, as (x, low, high), the same ones once."""
    found = set()
    for collection in figure.axes[0].collections:
        if isinstance(collection, LineCollection):
            found |= {(x, low, high) for (x, low), (_, high) in collection.get_segments()}
    return sorted(found)


@pytest.mark.parametrize("name", ["cost_win_rate_max", "latency_win_rate_pareto"])
def test_frontiers_carry_the_intervals_of_their_table(sample_project, tables_of, name):
    tables_of(sample_project)
    models = sample_project.table(f"{name}.csv")
    column = models.columns[1]
    limits = models[[column, "win_rate_ci_low", "win_rate_ci_high"]].to_numpy()
    figure = visualizations.FIGURES[f"{name}.png"]()
    assert segments(figure) == sorted(map(tuple, limits.tolist()))
    assert "95 % interval" in texts_of(figure)


@pytest.mark.parametrize(("kind", "separated"), [("max", 0), ("pareto", 1)])
def test_bars_carry_intervals_and_say_which_ranks_differ(
    sample_project, tables_of, kind, separated
):
    tables_of(sample_project)
    rates = sample_project.table(f"model_win_rates_{kind}.csv")
    rates = rates.sort_values(["overall_win_rate", "model_name_short"], ascending=[False, True])
    limits = zip(range(9), rates.win_rate_ci_low, rates.win_rate_ci_high, strict=True)
    figure = visualizations.FIGURES[f"model_win_rates_{kind}.png"]()
    assert segments(figure) == list(limits)
    said = f"{separated} of 8 neighbouring ranks can be told apart; lines are 95 % intervals."
    assert said in texts_of(figure)


@pytest.mark.parametrize("name", NAMES)
def test_figures_of_win_rates_say_what_is_not_usual(sample_project, tables_of, monkeypatch, name):
    tables_of(sample_project)
    monkeypatch.setattr(config, "TIE_CREDIT", 0.5)
    figure = visualizations.FIGURES[name]()
    said = any("A tie counts as 0.5 of a win." in text for text in texts_of(figure))
    assert said == (name in WIN_RATE_FIGURES)


def test_figures_of_win_rates_show_the_common_benchmarks_alone(project, tables_of):
    rows = [(b, "S", m, 0.5, 1.0, 1.0) for b in ("one", "two") for m in "AB"]
    project.write_runs([*rows, ("lonely", "S", "B", 0.9, 2.0, 2.0)])
    stages = ["cost_accuracy_curve", "win_rates", "convex_hull", "visualizations"]
    project.run_well("run_pipeline.py", "--only", *stages, "--common-benchmarks")
    tables_of(project)
    for name in NAMES:
        texts = texts_of(visualizations.FIGURES[name]())
        said = any("On the 2 of 3 benchmarks that all models share." in text for text in texts)
        assert said == (name in WIN_RATE_FIGURES), name
        if name.startswith("heatmaps/") and "No runs" not in texts:
            assert ("lonely" in texts) != said
