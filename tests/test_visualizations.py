"""Stage 6: the files that it writes, and what its figures say."""

import re
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
from conftest import ROOT
from figure_checks import HEATMAPS, NAMES, ODD_NAMES, WIN_RATES, sample_figure, visible_strings
from matplotlib.backends.backend_agg import FigureCanvasAgg

import visualizations
from hal_analysis.plots import style
from hal_analysis.plots.export import figure_to_bytes

TABLE_STAGES = ["cost_accuracy_curve", "win_rates", "convex_hull"]


def test_figures_are_the_18():
    assert list(visualizations.FIGURES) == NAMES


def test_pipeline_writes_the_18_figures_at_300_dpi_and_page_width(sample_project):
    folder = sample_project.figures
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png")) == sorted(NAMES)
    path = folder / "cost_win_rate_max.png"
    assert matplotlib.image.imread(path).shape == (1270, 2070, 3)
    assert b"pHYs\x00\x00.#\x00\x00.#\x01" in path.read_bytes()  # 11,811 pixels per metre


def test_png_file_has_the_pixels_of_the_canvas(sample_project):
    figure = sample_figure(sample_project, "model_win_rates_max.png")
    canvas = FigureCanvasAgg(figure)
    with style.rc_context():
        canvas.draw()
    pixels = matplotlib.image.imread(sample_project.figures / "model_win_rates_max.png")
    assert (pixels * 255 == np.asarray(canvas.buffer_rgba())[..., :3]).all()


@pytest.fixture
def low_resolution(monkeypatch):
    """Draw at a low resolution, to save time."""
    monkeypatch.setattr(style, "DPI", 50)


def test_one_model_on_one_benchmark(project, low_resolution):
    project.write_runs([("b", "S", "A", 0.5, 1.0, None)])
    project.run("run_pipeline", "--from", "check_data")
    assert len(list(project.figures.rglob("*.png"))) == 18
    messages = {
        "model_win_rates_max.png": "No comparisons: a win rate needs two models in a benchmark",
        "convex_model_latency_accuracy.png": "No latency in the data",
        "latency_win_rate_max.png": "No model with both a win rate and a mean latency",
        "heatmaps/task_specific_mean_latency_heatmap.png": "No latency in the data",
        "heatmaps/generalist_accuracy_heatmap.png": "No runs",
        "heatmaps/max_acc_overall_win_rate_heatmap.png": "No win rate in the data",
    }
    for name, message in messages.items():
        assert message in visible_strings(visualizations.FIGURES[name]())
    cost_figure = visualizations.FIGURES["convex_model_cost_accuracy.png"]()
    assert "A" in visible_strings(cost_figure)


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_characters_without_a_font_cause_no_warnings(
    project, low_resolution, monkeypatch, capfd, every
):
    figures = dict(list(visualizations.FIGURES.items())[::every])
    monkeypatch.setattr(visualizations, "FIGURES", figures)
    project.write_runs([("b", "S", name, 0.1 * n, n, n) for n, name in enumerate(ODD_NAMES)])
    project.run("run_pipeline", "--from", "cost_accuracy_curve")
    assert len(list(project.figures.rglob("*.png"))) == len(figures)
    assert project.stderr.getvalue() == ""
    assert capfd.readouterr().err == ""  # of the processes that draw


def test_characters_without_a_font_are_reported(project, monkeypatch):
    monkeypatch.setattr(visualizations, "FIGURES", {})
    names = {"gpt-4.1": [], "caf\u00e9 \u2264 \u0416": [], "a\u202eb": []}
    names |= {
        "x \U00012000\U00012001": ["'\U00012000' and 1 other character in names"]
    }  # cuneiform
    for name, expected in names.items():
        project.write_runs([("b", "S", name, 0.5, 1, 1), ("b", "S", "m", 0.4, 1, 1)])
        output = project.run("run_pipeline", "--from", "cost_accuracy_curve")
        assert (
            re.findall("No installed font contains (.*), which are drawn as boxes: install", output)
            == expected
        )


@pytest.mark.parametrize("n_figures", [2, pytest.param(18, marks=pytest.mark.slow)])
def test_formats(project, monkeypatch, n_figures):
    figures = dict(list(visualizations.FIGURES.items())[-n_figures:])
    monkeypatch.setattr(visualizations, "FIGURES", figures)
    project.write_runs([("b", "S", name, 0.1, 1, 1) for name in ("model $1", "model <2>")])
    project.run("run_pipeline", "--from", "cost_accuracy_curve", "--format", "pdf,svg,png")
    suffixes = [path.suffix for path in project.figures.rglob("*.*")]
    assert {suffix: suffixes.count(suffix) for suffix in suffixes} == {
        ".pdf": n_figures,
        ".svg": n_figures,
        ".png": n_figures,
    }
    svg = (project.figures / "model_win_rates_max.svg").read_text(encoding="utf-8")
    assert ">model $1<" in svg
    assert ">model &lt;2&gt;<" in svg
    assert re.search(r"font-family: 'DejaVu Sans', [^;]*sans-serif", svg)
    pdf = (project.figures / "model_win_rates_max.pdf").read_bytes()
    assert b"/Title (Win rate by best accuracy)" in pdf
    assert pdf.startswith(b"%PDF")
    assert b"/Type3" not in pdf  # a font whose characters cannot be selected
    before = {path: path.read_bytes() for path in project.figures.rglob("*.*")}
    output = project.run("visualizations", "--format", "svg,pdf")
    assert {path: path.read_bytes() for path in before} == before
    assert output.splitlines() == [
        f"{n_figures} figures (svg, pdf)",
        "→ visualizations/new_plots",
        f"{n_figures} .png files in visualizations/new_plots are from an earlier run",
        "→ visualizations/report.html",
    ]


@pytest.mark.parametrize("name", [HEATMAPS[0], "cost_win_rate_max.png", "model_win_rates_max.png"])
def test_vector_formats_hold_no_raster_image(sample_project, name):
    figure = sample_figure(sample_project, name)
    assert b"<image" not in figure_to_bytes(figure, "svg")
    assert b"/Subtype /Image" not in figure_to_bytes(figure, "pdf")


def test_options_of_the_figures(project, low_resolution, monkeypatch):
    figures = {"cost_win_rate_max.png": visualizations.FIGURES["cost_win_rate_max.png"]}
    monkeypatch.setattr(visualizations, "FIGURES", figures)
    project.write_runs([(b, "S", m, 0.1, 1, 1) for b in "xy" for m in "AB"])
    project.run("run_pipeline", "--from", "cost_accuracy_curve", "--no-titles", "--no-report")
    figure = visualizations.FIGURES["cost_win_rate_max.png"]()
    assert figure.get_suptitle() == ""
    assert figure.get_size_inches()[0] == 6.9


def test_only_win_rate_figures_state_and_follow_the_settings_of_win_rates(project):
    runs = [(b, "S", model, 0.5, 1.0, 1.0) for b in ("one", "two") for model in "AB"]
    project.write_runs([*runs, ("lonely", "S", "B", 0.9, 2.0, 2.0)])
    project.configure(TIE_CREDIT=0.5, COMMON_BENCHMARKS_ONLY=True)
    for stage in TABLE_STAGES:
        project.run(stage)
    visualizations.check_tables()
    for name in NAMES:
        strings = visible_strings(visualizations.FIGURES[name]())
        text, is_win_rate = "\n".join(strings), name in WIN_RATES
        assert ("A tie counts as 0.5 of a win." in text) == is_win_rate, name
        assert ("On the 2 of 3 benchmarks that all models share." in text) == is_win_rate, name
        if name in HEATMAPS and "No runs" not in strings:
            assert ("lonely" in strings) != is_win_rate


def modules_imported_by(*command):
    process = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    return {line.split("|")[-1].strip() for line in process.stderr.splitlines()}


def test_scripts_import_only_what_they_need(sample_project, tmp_path):
    copy = sample_project.copy_to(tmp_path / "project")
    script = ROOT / "win_rates.py"
    assert "matplotlib" not in modules_imported_by(script, "--output-dir", copy.folder)
    modules = modules_imported_by(ROOT / "run_pipeline.py", "--help")
    assert "argparse" in modules
    assert not modules & {"pandas", "numpy", "matplotlib"}
