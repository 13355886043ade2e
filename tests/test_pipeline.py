"""The whole pipeline: its stages, its options, what it prints, and where it writes."""

import contextlib
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Project
from trace_files import GOOD, changed, write_trace

import run_pipeline

STAGES = [
    "generate_cleaned_dataset",
    "check_data",
    "cost_accuracy_curve",
    "win_rates",
    "convex_hull",
    "visualizations",
]
TABLE_STAGES = STAGES[:5]
TWO_MODELS = [("b", "S", "A", 0.5, 1, 1), ("b", "S", "B", 0.6, 2, 2)]


def stage_lines(output):
    return [line for line in output.splitlines() if line.startswith("[")]


def write_traces(folder, *run_ids):
    folder.mkdir(exist_ok=True)
    for run_id in run_ids:
        write_trace(folder, f"{run_id}_UPLOAD.json", changed(config__run_id=run_id))


def file_contents(folder):
    """Return the content of all files of a folder, without compiled modules."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


# Stages.


def test_stages_run_in_order_and_print_one_line_each(sample_project):
    lines = stage_lines(sample_project.output)
    assert [line.split(": ")[0] for line in lines] == [
        f"[{number}/6] {stage}" for number, stage in enumerate(STAGES, start=1)
    ]
    assert all(re.search(r" \(\d+\.\d s\)$", line) for line in lines)
    assert max(map(len, lines)) <= 100


def test_only_and_from(project):
    project.write_runs(TWO_MODELS)
    output = project.run("run_pipeline", "--only", "win_rates.py", "cost_accuracy_curve")
    assert [line.split(":")[0] for line in stage_lines(output)] == [
        "[1/2] cost_accuracy_curve",
        "[2/2] win_rates",
    ]
    options = run_pipeline.parse_options(["--from", "convex_hull.py"])
    assert run_pipeline.select_stages(options) == ["convex_hull", "visualizations"]


def test_first_failing_stage_stops_the_pipeline(project):
    project.write_runs([("b", "S", "A", "much", 1, 1)])
    process = project.run_script("run_pipeline.py", "--from", "cost_accuracy_curve")
    assert process.returncode == 1
    assert process.stdout == ""
    assert process.stderr == (
        f"[1/4] cost_accuracy_curve failed: {project.tables}/cleaned_all_metrics.csv, line 2, "
        "column accuracy: 'much' is not a number from 0 to 1: fix it or run "
        "generate_cleaned_dataset.py, which writes this file.\n"
    )


@pytest.mark.slow
def test_same_input_gives_the_same_bytes(sample_project, tmp_path):
    project = Project(tmp_path / "again")
    project.traces = ROOT / "sample_traces"
    process = project.run_script("run_pipeline.py")
    assert process.returncode == 0, process.stderr
    for part in ("tables", "figures"):
        first, second = getattr(sample_project, part), getattr(project, part)
        names = [path.relative_to(first) for path in first.rglob("*.*")]
        names = [name for name in names if name.suffix != ".sqlite"]  # the cache holds times
        assert len(names) >= 18
        for name in names:
            assert (first / name).read_bytes() == (second / name).read_bytes(), name


# What is printed.


def test_details_follow_the_line_of_their_stage(project):
    project.write_runs(TWO_MODELS)
    output = project.run("run_pipeline", "--only", "check_data", "cost_accuracy_curve")
    output = re.sub(r"\d+\.\d s", "0.1 s", output)
    assert output.startswith(
        "[1/2] check_data: 2 runs checked; 1 of 1 benchmark with runs of all models"
    )
    assert output.endswith(
        """\
      → data/missing_rows_analysis.txt
[2/2] cost_accuracy_curve: 2 pairs of benchmark and model with a cost, 0 without (0.1 s)
      → data/pareto_distances.csv
"""
    )


def test_quiet_prints_the_lines_of_the_stages_only(project):
    project.write_runs(TWO_MODELS)
    stages = STAGES[1:5]
    output = project.run("run_pipeline", "--quiet", "--only", *stages)
    assert stage_lines(output) == output.splitlines()
    assert len(output.splitlines()) == len(stages)


def test_only_the_first_reasons_for_skipped_files_are_printed(project):
    write_traces(project.traces, "good")
    for number in range(7):
        (project.traces / f"bad{number}.json").write_text("[]")
    output = project.run("run_pipeline", "--only", "generate_cleaned_dataset")
    assert [number for number in range(7) if f"skipped bad{number}.json: " in output] == [*range(5)]
    assert "… and 2 more skipped files\n" in output
    assert len(project.table("skipped_traces.csv")) == 7


def test_ranking_has_the_values_of_the_tables(sample_project):
    lines = sample_project.output.splitlines()
    start = lines.index("Ranking by best accuracy")
    assert re.split(" {1,}(?=model|win|95|mean|bench)", lines[start + 1].strip()) == [
        "rank",
        "model",
        "win rate",
        "95% interval",
        "mean cost",
        "mean latency",
        "benchmarks",
    ]
    models = sample_project.table("model_win_rates_max.csv").sort_values("rank")
    costs = sample_project.table("model_mean_cost.csv").set_index("model_name_short").mean_cost
    latencies = sample_project.table("model_mean_latency.csv").set_index("model_name_short")
    for line, model in zip(lines[start + 2 :], models.itertuples(), strict=False):
        name = model.model_name_short
        assert line.split() == [
            str(model.rank),
            *name.split(),
            f"{model.overall_win_rate:.2f}",
            *f"{model.win_rate_ci_low:.2f} to {model.win_rate_ci_high:.2f}".split(),
            *f"{costs[name]:,.2f} USD".split(),
            *f"{latencies.mean_of_mean_latency[name]:,.2f} s".split(),
            str(model.benchmarks),
        ]
    assert lines[start + 2 + len(models)] == (
        "o3-2025-04-16 ranks above claude-3-7-sonnet-2025-02-19 high, but its win rate is 0.02 "
        "lower on the 8 benchmarks that both ran on."
    )


def test_paths_to_look_at_next_exist(sample_project):
    lines = sample_project.output.splitlines()[-4:]
    assert dict(line.split(maxsplit=1) for line in lines) == {
        "Figures": str(sample_project.figures),
        "Tables": str(sample_project.tables),
        "Check": str(sample_project.tables / "missing_rows_analysis.txt"),
        "Report": str(sample_project.folder / "visualizations" / "report.html"),
    }
    assert all(Path(line.split(maxsplit=1)[1]).exists() for line in lines)


def test_ranking_without_values(project):
    """B has no cost and no latency; on one benchmark, there are no intervals."""
    project.write_runs([("b", "S", "A" * 60, 0.5, 1234.5, 2), ("b", "S", "B", 0.6, None, None)])
    output = project.run("run_pipeline", "--only", *STAGES[1:5])
    rows = output.split("benchmarks\n")[-1].splitlines()
    assert rows[0].split() == ["–", "B", "1.00", "n/a", "n/a", "n/a", "1"]
    assert rows[1].split() == [
        "–",
        "A" * 23 + "…" + "A" * 16,
        "0.00",
        "n/a",
        "1,234.50",
        "USD",
        "2.00",
        "s",
        "1",
    ]


def test_long_names_that_differ_in_the_middle_are_printed_whole(project):
    names = [f"{'x' * 30}-{word}-{'y' * 30}" for word in ("alpha", "gamma")]
    project.write_runs([("b", "S", name, 0.5, 1, 2) for name in [*names, "z" * 41]])
    output = project.run("run_pipeline", "--only", *STAGES[1:5])
    rows = output.split("benchmarks\n")[-1].splitlines()
    assert [row.split()[1] for row in rows[:3]] == [*names, "z" * 23 + "…" + "z" * 16]


def test_columns_of_the_ranking_are_aligned_where_a_name_is_escaped(project):
    project.write_runs([("b", "S", "A\u202e", 0.5, 1, 2), ("b", "S", "B", 0.6, 1, 2)])
    output = project.run("run_pipeline", "--only", *STAGES[1:5])
    rows = output.split("benchmarks\n")[-1].splitlines()
    assert rows[1].split()[1] == r"A\u202e"
    assert rows[0].index("1.00") == rows[1].index("0.00")


def test_ranking_without_comparisons(project):
    project.write_runs(TWO_MODELS[:1])
    output = project.run("run_pipeline", "--only", *STAGES[1:5])
    assert "no model has a comparison\nWithout comparisons: A\n\nTables" in output


# Where it reads and writes.


def test_relative_data_dir_starts_at_the_working_directory(project, tmp_path, monkeypatch):
    write_traces(project.traces, "other")
    write_traces(tmp_path / "my traces", "mine")
    monkeypatch.chdir(tmp_path)
    project.run("run_pipeline", "--data-dir", "my traces", "--only", "generate_cleaned_dataset")
    assert project.table("cleaned_all_metrics.csv").run_id.tolist() == ["mine"]


def test_output_dir_of_the_pipeline(project, tmp_path, monkeypatch):
    write_traces(tmp_path / "my_traces", "a", "b")
    before = file_contents(tmp_path)
    monkeypatch.chdir(tmp_path)
    project.run(
        "run_pipeline",
        *("--data-dir", "my_traces", "--output-dir", "my_results", "--only", *TABLE_STAGES),
    )
    results = tmp_path / "my_results"
    written = set(file_contents(tmp_path)) - set(before)
    assert {name.split("/")[0] for name in written} == {"my_results"}
    assert {path.parent for path in results.rglob("*.*")} == {results / "data"}
    assert {path.name for path in (results / "data").iterdir()} >= {
        "cleaned_all_metrics.csv",
        "skipped_traces.csv",
        "trace_cache.sqlite",
        "missing_rows_analysis.txt",
        "pareto_distances.csv",
        "model_win_rates_max.csv",
        "model_mean_cost.csv",
    }
    assert {name: file_contents(tmp_path)[name] for name in before} == before


@pytest.mark.parametrize(
    ("stage", "written"),
    [
        ("generate_cleaned_dataset", "cleaned_all_metrics.csv"),
        ("check_data", "missing_rows_analysis.txt"),
        ("cost_accuracy_curve", "pareto_distances.csv"),
        ("win_rates", "model_win_rates_max.csv"),
        ("convex_hull", "model_mean_cost.csv"),
    ],
)
def test_output_dir_of_each_stage(project, tmp_path, stage, written):
    write_traces(project.traces, "a")
    results = Project(tmp_path / "results")
    results.write_runs(TWO_MODELS)
    for earlier_stage in STAGES[2 : STAGES.index(stage)]:
        project.run(earlier_stage, "--output-dir", results.folder)
    before = file_contents(project.folder)
    project.run(stage, "--output-dir", results.folder)
    assert (results.tables / written).exists()
    assert file_contents(project.folder) == before


@pytest.mark.slow
def test_new_user_leaves_the_checkout_unchanged(tmp_path):
    checkout = tmp_path / "checkout"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "tests", "benchmarks", "new_plots")
    shutil.copytree(ROOT, checkout, ignore=ignored)
    before = file_contents(checkout)
    write_traces(tmp_path / "my_traces", "a", "b")
    options = ["--data-dir", "my_traces", "--output-dir", "my_results", "--format", "png, svg"]
    command = [sys.executable, checkout / "run_pipeline.py", *options]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert process.stderr == ""
    assert f"Figures   {tmp_path}/my_results/visualizations/new_plots\n" in process.stdout
    assert file_contents(checkout) == before
    figures = file_contents(tmp_path / "my_results" / "visualizations" / "new_plots")
    assert sorted(name[-4:] for name in figures) == [".png"] * 18 + [".svg"] * 18
    assert {path.name for path in tmp_path.iterdir()} == {"checkout", "my_traces", "my_results"}


def test_status_sheet_of_the_pipeline(project, tmp_path):
    sheet = tmp_path / "plan.csv"
    sheet.write_text("Benchmark,Agent,Model,Status\nb,S,A,Uploaded\n")
    project.write_runs(TWO_MODELS)
    project.configure(SHEET_MODEL_MAP={"A": "A"})
    options = ["--only", "check_data", "--status-sheet", sheet]
    assert "plan.csv: 1 row with the status Uploaded" in project.run("run_pipeline", *options)


class OutputBesideAnotherRun(io.StringIO):
    """An output that lets another run write its dataset before a stage has reported."""

    def __init__(self, number, write_dataset):
        super().__init__()
        self.number, self.write_dataset = number, write_dataset

    def write(self, text):
        if text.startswith(f"[{self.number}/"):
            self.write_dataset()
        return super().write(text)


@pytest.mark.parametrize(
    ("number", "is_other", "reported"), [(1, True, "1"), (3, True, "123"), (2, False, "123")]
)
def test_dataset_of_another_run_is_noticed(project, tmp_path, number, is_other, reported):
    """Two runs of the same traces write the same bytes, and do not disturb each other."""
    other = Project(tmp_path / "other")
    write_traces(other.traces, "a", "c" if is_other else "b")
    write_traces(project.traces, "a", "b")
    project.run(
        "generate_cleaned_dataset", "--data-dir", other.traces, "--output-dir", other.folder
    )
    output = OutputBesideAnotherRun(
        number, lambda: shutil.copytree(other.tables, project.tables, dirs_exist_ok=True)
    )
    end = pytest.raises(SystemExit, match=r"^data/cleaned_all_metrics.csv was changed while the ")
    folders = ["--data-dir", str(project.traces), "--output-dir", str(project.folder)]
    with contextlib.redirect_stdout(output), end if is_other else contextlib.nullcontext():
        run_pipeline.main(["--only", *STAGES[:3], *folders])
    assert [line[1] for line in stage_lines(output.getvalue())] == list(reported)


@pytest.mark.parametrize("is_option", [True, False])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "plan.csv does not exist"),
        ("Benchmark,Agent,Model\nb,S,A\n", "is missing the column(s) Status"),
    ],
)
def test_status_sheet_is_read_before_the_traces(project, text, expected, is_option):
    write_trace(project.traces, "a.json", GOOD)
    sheet = project.folder / "plan.csv"
    if text:
        sheet.write_text(text)
    options = ["--status-sheet", sheet] if is_option else []
    project.configure(STATUS_SHEET=None if is_option else sheet)
    assert expected in project.fail("run_pipeline", *options)
    assert list(project.tables.iterdir()) == []
    project.run("run_pipeline", "--only", "generate_cleaned_dataset")  # which needs no sheet
