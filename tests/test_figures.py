"""The 18 figures: all there on any data, texts inside the page, no text on text."""

import itertools

import matplotlib.image
import pytest
from matplotlib.figure import Figure

import config
import visualizations

HEATMAPS = [name for name in visualizations.FIGURES if name.startswith("heatmaps/")]
BARS = [name for name in visualizations.FIGURES if name.startswith("model_win_rates")]
FRONTIERS = [name for name in visualizations.FIGURES if name not in HEATMAPS + BARS]

NAMES = [
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
    "convex_model_cost_accuracy.png",
    "convex_model_latency_accuracy.png",
    "cost_win_rate_max.png",
    "cost_win_rate_pareto.png",
    "latency_win_rate_max.png",
    "latency_win_rate_pareto.png",
    "model_win_rates_max.png",
    "model_win_rates_pareto.png",
]


@pytest.fixture
def tables_of(monkeypatch):
    """Let the figures draw the tables of a project."""

    def use(project):
        monkeypatch.setattr(config, "TABLES_DIR", project.tables)

    return use


def visible_texts(figure):
    return [
        text
        for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))
        if text.get_visible() and text.get_text().strip()
    ]


def texts_of(figure):
    return [text.get_text() for text in visible_texts(figure)]


def drawn(figure):
    """The figure's texts as a picture has them: ticks outside the limits are not drawn."""
    figure.draw_without_rendering()
    texts = visible_texts(figure)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            hidden = [tick for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
            gone = {label for tick in hidden for label in (tick.label1, tick.label2)}
            texts = [text for text in texts if text not in gone]
    return texts


def test_figures_are_the_18():
    assert list(visualizations.FIGURES) == NAMES


def test_the_pipeline_writes_the_18_at_300_dpi(sample_project):
    written = [
        path.relative_to(sample_project.figures) for path in sample_project.figures.rglob("*.png")
    ]
    assert sorted(map(str, written)) == sorted(NAMES)
    pixels = matplotlib.image.imread(sample_project.figures / "cost_win_rate_max.png")
    assert pixels.shape[:2] == (7.5 * 300, 11 * 300)


@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_the_sample_is_on_the_page(sample_project, tables_of, name):
    tables_of(sample_project)
    figure = visualizations.FIGURES[name]()
    assert isinstance(figure, Figure)
    texts = drawn(figure)
    assert len(texts) > 20
    for text in texts:
        box = text.get_window_extent()
        page = figure.bbox
        assert box.x0 >= page.x0 and box.x1 <= page.x1, text
        assert box.y0 >= page.y0 and box.y1 <= page.y1, text


@pytest.mark.parametrize("name", HEATMAPS + BARS)
def test_no_text_on_text_in_heatmaps_and_bars_of_the_sample(sample_project, tables_of, name):
    tables_of(sample_project)
    texts = drawn(visualizations.FIGURES[name]())
    level = [text.get_window_extent() for text in texts if text.get_rotation() == 0]
    assert len(level) > 10
    for one, other in itertools.combinations(level, 2):
        assert not one.overlaps(other)
    # Names at 45 degrees are parallel: they clear each other if their ends are apart by more than
    # the height of a line, seen across the slant.
    ends = sorted(text.get_window_extent().x1 for text in texts if text.get_rotation() == 45)
    line = max(text.get_fontsize() for text in texts if text.get_rotation() == 45) * 100 / 72
    assert len(ends) == 9
    assert all(right - left > 1.5 * line for left, right in itertools.pairwise(ends))


@pytest.mark.parametrize("name", FRONTIERS)
def test_every_model_is_named_in_every_panel(sample_project, tables_of, name):
    tables_of(sample_project)
    table = (
        "pareto_distances.csv" if name == "convex_model_cost_accuracy.png" else name[:-4] + ".csv"
    )
    models = sample_project.table(table)
    panels = [panel for panel in visualizations.FIGURES[name]().axes if panel.axison]
    if "benchmark_name" not in models:
        models["benchmark_name"] = ""
    for panel, (benchmark, rows) in zip(panels, models.groupby("benchmark_name"), strict=True):
        assert panel.get_title() == benchmark
        assert sorted(text.get_text() for text in panel.texts) == sorted(rows.model_name_short)
        line, diamonds = panel.lines[0], panel.collections[1]
        frontier = rows[rows.pareto_optimal].sort_values(
            "accuracy" if benchmark else "overall_win_rate"
        )
        assert list(diamonds.get_offsets()[:, 0]) == list(line.get_xdata())
        assert len(line.get_xdata()) == len(frontier)


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


def test_names_are_text_not_markup(project, tables_of):
    names = ["$a_b^c$", "_under", r"back\slash", "a, b"]
    project.write_runs([("b$1$", "S", name, 0.1 * i, i, i) for i, name in enumerate(names)])
    project.run_well("run_pipeline.py", "--from", "cost_accuracy_curve")
    assert len(list(project.figures.rglob("*.png"))) == 18
    tables_of(project)
    for name in ("convex_model_cost_accuracy.png", "model_win_rates_max.png"):
        assert set(names) <= set(texts_of(visualizations.FIGURES[name]()))
