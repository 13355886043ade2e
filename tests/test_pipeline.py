"""The whole pipeline on the sample, as users run it, against the published figures.

The published analysis filed one run, SeeAct's with high effort on online_mind2web, under the model
without "high". The sample has it right. So the published figures are compared on the sample's
dataset with that one cell set back, and what the right cell changes is compared beside it.
"""

import csv
import shutil
from fractions import Fraction

import pandas as pd
import pytest

# Model: wins and comparisons by best accuracy, by scaffold, by distance from the frontier (right
# ones); mean cost in USD; mean latency in seconds.
PUBLISHED = {
    "claude-3-7-sonnet-2025-02-19": (
        (47, 79), (70, 134), (32, 79), 146.9055250340909, 246.18102624571955,
    ),
    "claude-3-7-sonnet-2025-02-19 high": (
        (39, 55), (61, 89), (31, 55), 100.80866417857143, 243.6580478970116,
    ),
    "deepseek-ai/DeepSeek-R1": (
        (10, 73), (16, 111), (13, 73), 81.7022466, 280.4935276349467,
    ),
    "deepseek-ai/DeepSeek-V3": (
        (30, 79), (42, 134), (50, 79), 45.87424087121212, 264.8282661646377,
    ),
    "gemini-2.0-flash": (
        (10, 66), (18, 99), (50, 66), 7.569227266666666, 130.17271596427284,
    ),
    "gpt-4.1-2025-04-14": (
        (46, 79), (76, 133), (29, 79), 81.97453252060606, 187.55825339107093,
    ),
    "o3-2025-04-16": (
        (43, 67), (57, 90), (9, 67), 444.1855135388889, 256.93037726460295,
    ),
    "o4-mini-2025-04-16 high": (
        (49, 79), (87, 130), (32, 79), 93.13666176242424, 356.0048226809791,
    ),
    "o4-mini-2025-04-16 low": (
        (42, 79), (79, 130), (49, 79), 65.91979862878787, 228.76995624538586,
    ),
}  # fmt: skip
SEEACT_HIGH = "SeeAct(claude-3-7-sonnet-20250219_thinking_high_4096)"
STAGES = [
    "generate_cleaned_dataset",
    "check_data",
    "cost_accuracy_curve",
    "win_rates",
    "convex_hull",
    "visualizations",
]


@pytest.fixture(scope="module")
def as_published(sample_project, tmp_path_factory):
    """A copy of the sample's project with the one run filed as published, stages 3 to 5 run."""
    project = sample_project.copy_to(tmp_path_factory.mktemp("published") / "project")
    dataset = project.tables / "cleaned_all_metrics.csv"
    runs = pd.read_csv(dataset, dtype=str, keep_default_na=False)
    run = runs.agent_name == SEEACT_HIGH
    assert run.sum() == 1
    assert runs.loc[run, "model_name_short"].item() == "claude-3-7-sonnet-2025-02-19 high"
    runs.loc[run, "model_name_short"] = "claude-3-7-sonnet-2025-02-19"
    runs.to_csv(dataset, index=False)
    for script in ("cost_accuracy_curve.py", "win_rates.py", "convex_hull.py"):
        project.run_well(script)
    return project


@pytest.mark.parametrize(("suffix", "position"), [("_max", 0), ("", 1), ("_pareto", 2)])
def test_published_win_rates(as_published, suffix, position):
    rates = as_published.table(f"model_win_rates{suffix}.csv")
    counts = {
        row.model_name_short: (row.wins_sum, row.comparisons_sum) for row in rates.itertuples()
    }
    assert counts == {model: figures[position] for model, figures in PUBLISHED.items()}
    expected = [wins / comparisons for wins, comparisons in counts.values()]
    assert rates.overall_win_rate.tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("table", "column", "position"),
    [
        ("model_mean_cost.csv", "mean_cost", 3),
        ("model_mean_latency.csv", "mean_of_mean_latency", 4),
    ],
)
def test_published_means(as_published, table, column, position):
    means = as_published.table(table).set_index("model_name_short")[column].to_dict()
    expected = {model: figures[position] for model, figures in PUBLISHED.items()}
    assert means == pytest.approx(expected, abs=1e-9)


def test_of_equal_accuracies_the_cheaper_run_stands(as_published):
    distances = as_published.table("pareto_distances.csv")
    row = distances[
        (distances.benchmark_name == "scicode")
        & (distances.model_name_short == "claude-3-7-sonnet-2025-02-19")
    ]
    assert row.pareto_distance.item() == pytest.approx(0.107928, abs=5e-7)


def test_published_shape(sample_project):
    runs = sample_project.table("cleaned_all_metrics.csv")
    assert len(runs) == 163
    assert runs.benchmark_name.nunique() == 11
    assert runs.agent_name_short.nunique() == 13
    assert runs.model_name_short.nunique() == 9
    assert (sample_project.tables / "skipped_traces.csv").read_text() == "file,reason\n"


def test_win_rates_of_the_sample_agree_with_pairwise_comparison(sample_project):
    """With the SeeAct run put right: a plain loop over the dataset's lines."""
    with (sample_project.tables / "cleaned_all_metrics.csv").open(encoding="utf-8") as file:
        runs = list(csv.DictReader(file))
    best = {}
    for run in runs:
        key = run["benchmark_name"], run["model_name_short"]
        best[key] = max(best.get(key, 0), float(run["accuracy"]))
    wins, comparisons = dict.fromkeys(PUBLISHED, 0), dict.fromkeys(PUBLISHED, 0)
    for (benchmark, model), accuracy in best.items():
        for (other_benchmark, other), other_accuracy in best.items():
            if benchmark == other_benchmark and model != other:
                wins[model] += accuracy > other_accuracy
                comparisons[model] += 1
    rates = sample_project.table("model_win_rates_max.csv").set_index("model_name_short")
    assert rates.wins_sum.to_dict() == wins
    assert rates.comparisons_sum.to_dict() == comparisons
    # By hand: on online_mind2web 0.303 beats DeepSeek-R1 (0.253) alone of seven others.
    high = "claude-3-7-sonnet-2025-02-19 high"
    assert Fraction(wins[high], comparisons[high]) == Fraction(39 + 1, 55 + 7)


def test_check_of_the_sample_finds_the_planned_runs(sample_project):
    report = (sample_project.tables / "missing_rows_analysis.txt").read_text(encoding="utf-8")
    assert report.startswith("""\
Missing rows: counted in the sheet, not in the dataset (3)
  gaia | HAL Generalist Agent | o3-2025-04-16
  usaco | HAL Generalist Agent | claude-3-7-sonnet-2025-02-19
  usaco | HAL Generalist Agent | gpt-4.1-2025-04-14

Extra rows: in the dataset, not counted in the sheet (0)
""")
    assert report in sample_project.output


def test_one_line_a_stage(sample_project):
    lines = [line for line in sample_project.output.splitlines() if line.startswith("[")]
    assert [line.split(".py: ")[0] for line in lines] == [
        f"[{number}/6] {stage}" for number, stage in enumerate(STAGES, start=1)
    ]
    assert all(line.endswith(" s)") for line in lines)


def test_same_input_same_bytes(sample_project, tmp_path):
    project = sample_project.copy_to(tmp_path / "again")
    project.run_well("run_pipeline.py")
    for part in ("tables", "figures"):
        first, second = getattr(sample_project, part), getattr(project, part)
        names = [path.relative_to(first) for path in first.rglob("*.*")]
        assert len(names) >= 18
        for name in names:
            assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_data_dir_is_relative_to_where_the_user_stands(project):
    project.add_sample()
    elsewhere = project.folder.parent / "my traces"
    elsewhere.mkdir()
    for path in sorted(project.traces.glob("gaia_*.json")):
        shutil.move(path, elsewhere)
    output = project.run_well(
        "run_pipeline.py", "--data-dir", "my traces", "--only", "generate_cleaned_dataset"
    )
    assert output.startswith("[1/1] generate_cleaned_dataset.py: traces in ")
    assert set(project.table("cleaned_all_metrics.csv").benchmark_name) == {"gaia"}


def test_only_and_from(project):
    project.write_runs([("b", "S", "A", 0.5, 1, 1), ("b", "S", "B", 0.6, 2, 2)])
    output = project.run_well("run_pipeline.py", "--only", "win_rates.py", "cost_accuracy_curve")
    assert [line.split(":")[0] for line in output.splitlines()] == [
        "[1/2] cost_accuracy_curve.py",
        "[2/2] win_rates.py",
    ]
    output = project.run_well("run_pipeline.py", "--from", "convex_hull")
    assert [line.split(":")[0] for line in output.splitlines()] == [
        "[1/2] convex_hull.py",
        "[2/2] visualizations.py",
    ]


def test_the_first_failing_stage_stops_the_pipeline(project):
    project.write_runs([("b", "S", "A", "much", 1, 1)])
    process = project.run("run_pipeline.py", "--from", "cost_accuracy_curve")
    assert process.returncode == 1
    assert process.stdout == ""
    assert process.stderr == (
        "[1/4] cost_accuracy_curve.py failed: data/cleaned_all_metrics.csv, line 2, column "
        "accuracy holds 'much', expected a number from 0 to 1: mend it or run "
        "generate_cleaned_dataset.py, which makes it.\n"
    )


@pytest.mark.parametrize("arguments", [["--only", "plots"], ["--from", "win_rates", "--only", "x"]])
def test_wrong_arguments(project, arguments):
    process = project.run("run_pipeline.py", *arguments)
    assert process.returncode == 2
    assert "Traceback" not in process.stderr
    assert "is no stage; choose from generate_cleaned_dataset" in process.stderr


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5"])
def test_jobs_must_be_a_number(project, number):
    process = project.run("run_pipeline.py", f"--jobs={number}")
    assert process.returncode == 2
    assert process.stderr.endswith(f"--jobs: {number!r} is no whole number from 1 up\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--data-dir", ""], "argument --data-dir: is empty"),
        (["--dask", ""], "argument --dask: is empty"),
        (["--format", "png,gif"], "argument --format: 'gif' is none of png, pdf and svg"),
        (
            ["--from", "win_rates", "--data-dir", "x"],
            "argument --data-dir: is one of generate_cleaned_dataset.py, which is not run",
        ),
        (
            ["--only", "check_data", "--format", "pdf"],
            "argument --format: is one of visualizations.py, which is not run",
        ),
    ],
)
def test_options_that_would_do_nothing(project, arguments, expected):
    process = project.run("run_pipeline.py", *arguments)
    assert process.returncode == 2
    assert process.stderr.endswith(f"error: {expected}\n")


def test_a_comma_that_lacks_in_config(project):
    path = project.folder / "config.py"
    path.write_text(path.read_text().replace('"azure",', '"azure"  "a" "b": ""'))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if '"azure"' in text)
    message = project.fail("run_pipeline.py")
    assert message.startswith(f"[1/6] generate_cleaned_dataset.py failed: {path}, line {line} or")


def test_help_has_an_example(project):
    output = project.run_well("run_pipeline.py", "--help")
    assert "python run_pipeline.py --data-dir" in output
    assert all(stage in output for stage in STAGES)


def test_a_folder_that_cannot_be_written_to(project):
    project.write_runs([("b", "S", "A", 0.5, 1, 1)])
    (project.tables / "pareto_distances.csv").mkdir()
    assert project.fail("cost_accuracy_curve.py") == (
        "data/pareto_distances.csv cannot be written (Is a directory): make room there, or the "
        "folder writable, and run again."
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("TIE_CREDIT = None", "TIE_CREDIT is None, expected a number from 0 to 1."),
        ("TIE_CREDIT = 7", "TIE_CREDIT is 7, expected a number from 0 to 1."),
        ("EXCLUDED_AGENTS = 'S'", "EXCLUDED_AGENTS is 'S', expected a list of names in [ ]."),
        ("EXCLUDED_MODELS = [1]", "EXCLUDED_MODELS is [1], expected a list of names in [ ]."),
        ("SHEET_MODEL_MAP = {'a': 1}", "SHEET_MODEL_MAP is {'a': 1}, expected a map of names in "),
        ("DATA_DIR = None", "DATA_DIR is None, expected the path of a folder in quotation marks."),
    ],
)
def test_config_that_no_stage_can_use(project, line, expected):
    project.configure(line + "\n")
    assert project.fail("win_rates.py").startswith(f"config.py: {expected}")


def test_output_that_cannot_show_a_letter(project, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    project.write_runs([("b", "S", "模型", 0.5, 1, 1)] * 2)
    output = project.run_well("check_data.py")
    assert "b | S | \\u6a21\\u578b: 2 runs, run0, run1" in output
