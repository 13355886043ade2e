"""Stage 2: the dataset against the status sheet."""

import pytest

SHEET = """\
Benchmark,Agent,Model,Status,Owner
gaia,HAL Generalist Agent,o4-mini-2025-04-16-high,Uploaded,x
gaia,Open Deep Research,claude-3-7-sonnet-20250219-thinking-high,Uploaded,x
Online-Mind2Web,SeeAct,o3-2025-04-16, uploaded ,
gaia,HAL Generalist Agent,gpt-4o-2024-11-20,Uploaded,excluded
gaia,HAL Generalist Agent,gpt-4.1-2025-04-14,Not done,does not count
Appworld,,,
Cybench
"""
RUNS = [
    ("gaia", "HAL Generalist Agent", "o4-mini-2025-04-16 high", 0.5, 1.0, 2.0),
    ("gaia", "HAL Generalist Agent", "o4-mini-2025-04-16 high", 0.6, None, 2.0),
    ("gaia", "HAL Generalist Agent", "gpt-4.1-2025-04-14", 0.5, 1.0, None),
    ("online_mind2web", "SeeAct", "o3-2025-04-16", 0.5, 1.0, 2.0),
]
REPORT = """\
Missing rows (in the sheet, not in the dataset) (1)
  gaia | HF Open Deep Research | claude-3-7-sonnet-2025-02-19 high

Extra rows (in the dataset, not in the sheet) (1)
  gaia | HAL Generalist Agent | gpt-4.1-2025-04-14

Repeats (several runs of one benchmark, scaffold and model) (1)
  gaia | HAL Generalist Agent | o4-mini-2025-04-16 high: 2 runs, run0, run1

Duplicate run_id (a trace copied under another name?) (0)
  none

Runs without cost (not in cost frontiers and mean costs) (1)
  gaia | HAL Generalist Agent | o4-mini-2025-04-16 high | run1

Runs without latency (not in latency frontiers and mean latencies) (1)
  gaia | HAL Generalist Agent | gpt-4.1-2025-04-14 | run2

Suspicious: Cost 0, probably not priced (0)
  none

Suspicious: Mean latency 0 (0)
  none

Suspicious: More than half of the latencies 0: tasks with one model call record 0 (0)
  none

Suspicious: More latencies than tasks (0)
  none

Suspicious: Accuracy in percent: divided by 100 (0)
  none

Suspicious: Cost or latency under 1% of the median of the repeats (0)
  none

Similar names (0)
  none

Benchmarks of each model, of 2
  gpt-4.1-2025-04-14: 1 (missing: online_mind2web)
  o3-2025-04-16: 1 (missing: gaia)
  o4-mini-2025-04-16 high: 1 (missing: online_mind2web)
  all models: 0

Summary
  plan.csv: 3 rows with the status Uploaded (excluded ones not counted); dataset: 4 runs.
  Missing rows (in the sheet, not in the dataset): 1
  Extra rows (in the dataset, not in the sheet): 1
  Repeats (several runs of one benchmark, scaffold and model): 1
  Duplicate run_id (a trace copied under another name?): 0
  Runs without cost (not in cost frontiers and mean costs): 1
  Runs without latency (not in latency frontiers and mean latencies): 1
  Suspicious: Cost 0, probably not priced: 0
  Suspicious: Mean latency 0: 0
  Suspicious: More than half of the latencies 0: tasks with one model call record 0: 0
  Suspicious: More latencies than tasks: 0
  Suspicious: Accuracy in percent: divided by 100: 0
  Suspicious: Cost or latency under 1% of the median of the repeats: 0
  Similar names: 0
"""
NO_SHEET = "No status sheet: missing and extra rows are not checked (--status-sheet FILE)."
ONE_RUN = [("gaia", "A", "m", 0.5, 1.0, 2.0)]
ROW_OF_ONE_RUN = "Benchmark,Agent,Model,Status\ngaia,A,m,Uploaded\n"


@pytest.fixture
def sheet(project):
    """A sheet outside the project's folder of tables."""
    return project.folder / "plan.csv"


def read_report(project):
    return (project.tables / "missing_rows_analysis.txt").read_text(encoding="utf-8")


def make_sample(project, n_runs):
    """Let the runs that `write_runs` writes be those of the sample."""
    for number in range(n_runs):
        (project.traces / f"run{number}_UPLOAD.json").touch()


def test_report_and_screen(project, sheet):
    sheet.write_text(SHEET)
    project.write_runs(RUNS)
    output = project.run("check_data", "--status-sheet", sheet)
    assert read_report(project) == REPORT
    assert output == (
        """\
4 runs checked; 0 of 2 benchmarks with runs of all models
Check of the dataset
  plan.csv: 3 rows with the status Uploaded (excluded ones not counted); dataset: 4 runs.
  Missing rows (in the sheet, not in the dataset): 1
    gaia | HF Open Deep Research | claude-3-7-sonnet-2025-02-19 high
  Extra rows (in the dataset, not in the sheet): 1
    gaia | HAL Generalist Agent | gpt-4.1-2025-04-14
  Repeats (several runs of one benchmark, scaffold and model): 1
    gaia | HAL Generalist Agent | o4-mini-2025-04-16 high: 2 runs, run0, run1
  Runs without cost (not in cost frontiers and mean costs): 1
    gaia | HAL Generalist Agent | o4-mini-2025-04-16 high | run1
  Runs without latency (not in latency frontiers and mean latencies): 1
    gaia | HAL Generalist Agent | gpt-4.1-2025-04-14 | run2
→ data/missing_rows_analysis.txt
"""
    )


def test_sheet_of_config_is_used_and_the_option_takes_precedence(project, sheet):
    sheet.write_text(SHEET)
    project.write_runs(RUNS)
    project.configure(STATUS_SHEET="plan.csv")  # relative to the project's folder
    project.run("check_data")
    assert read_report(project) == REPORT
    other = project.folder / "other.csv"
    other.write_text("\n".join(SHEET.splitlines()[:2]))
    assert "other.csv: 1 row with the status Uploaded" in project.run(
        "check_data", "--status-sheet", other
    )


def test_sheet_of_the_sample_is_used_for_the_sample_only(project):
    (project.tables / "agent_run_status.csv").write_text(ROW_OF_ONE_RUN)
    project.write_runs(ONE_RUN)
    assert NO_SHEET in project.run("check_data")
    make_sample(project, 1)
    assert (
        "agent_run_status.csv: 1 row with the status Uploaded (excluded ones not counted); "
        "dataset: 1 run." in project.run("check_data")
    )
    project.write_runs(ONE_RUN * 2)  # the sample and one more run
    assert NO_SHEET in project.run("check_data")


def test_sheet_of_the_sample_is_used_if_tables_are_elsewhere(project):
    (project.tables / "agent_run_status.csv").write_text(ROW_OF_ONE_RUN)
    make_sample(project, 1)
    project.configure(TABLES_DIR="elsewhere")
    project.tables = project.folder / "elsewhere"
    project.tables.mkdir()
    project.write_runs(ONE_RUN)
    assert "agent_run_status.csv: 1 row with the status Uploaded" in project.run("check_data")


def test_without_a_sheet_the_other_findings_are_reported(project):
    project.write_runs(ONE_RUN * 2)
    output = project.run("check_data")
    report = read_report(project)
    assert NO_SHEET in output
    assert NO_SHEET in report
    assert "Repeats (several runs of one benchmark, scaffold and model): 1" in report
    assert "Repeats (several runs of one benchmark, scaffold and model): 1" in output
    assert "Missing rows" not in output + report


@pytest.mark.parametrize(
    "rows", ["other,A,m,Uploaded", "gaia,A,m,Error", ""], ids=["other runs", "not counted", "empty"]
)
def test_sheet_without_a_common_row_gives_one_line(project, sheet, rows):
    sheet.write_text(f"Benchmark,Agent,Model,Status\n{rows}\n")
    project.write_runs(ONE_RUN)
    output = project.run("check_data", "--status-sheet", sheet)
    line = (
        "  The status sheet plan.csv does not match these traces: no row with the status Uploaded "
        "names one of their runs; choose another with --status-sheet.\n"
    )
    assert line in output
    assert line in read_report(project)
    assert "Missing rows" not in output
    assert "Extra rows" not in output


def test_sheet_without_all_columns(project, sheet):
    sheet.write_text("Benchmark,Agent\n")
    project.write_runs(ONE_RUN)
    assert project.fail("check_data", "--status-sheet", sheet) == (
        "plan.csv is missing the column(s) Model, Status; found: Benchmark, Agent: choose a CSV "
        "file with the columns Benchmark, Agent, Model, Status (--status-sheet FILE)."
    )


def test_sheet_that_does_not_exist(project, sheet):
    project.write_runs(ONE_RUN)
    assert project.fail("check_data", "--status-sheet", sheet).startswith(
        "plan.csv does not exist: "
    )


def test_screen_shows_the_first_five_of_each_finding_and_the_file_all(project, sheet):
    rows = [f"gaia,A,planned {number},Uploaded" for number in range(7)]
    sheet.write_text("\n".join(["Benchmark,Agent,Model,Status", "gaia,A,run 0,Uploaded", *rows]))
    long_name = "x" * 200
    models = [*(f"run {number}" for number in range(6)), long_name]
    project.write_runs([("gaia", "A", model, 0.5, None, None) for model in models])
    output = project.run("check_data", "--status-sheet", sheet)
    assert [number for number in range(7) if f"planned {number}" in output] == [0, 1, 2, 3, 4]
    lines = output.splitlines()
    missing = lines.index("  Missing rows (in the sheet, not in the dataset): 7")
    assert lines[missing + 6] == "    … and 2 more"
    unpriced = lines.index("  Runs without cost (not in cost frontiers and mean costs): 7")
    assert lines[unpriced + 6] == "    … and 2 more"
    assert max(map(len, lines)) <= 100
    report = read_report(project)
    assert all(f"  gaia | A | planned {number}\n" in report for number in range(7))
    assert f"  gaia | A | {long_name} | run6\n" in report


def test_coverage_of_benchmarks(project):
    models = {"b1": "AB", "b2": "AB", "easy": "B"}
    project.write_runs([(b, "S", model, 0.5, 1, 1) for b in models for model in models[b]])
    output = project.run("check_data")
    assert output.startswith("5 runs checked; 2 of 3 benchmarks with runs of all models\n")
    assert """
Benchmarks of each model, of 3
  A: 2 (missing: easy)
  B: 3
  all models: 2 (b1, b2)
""" in read_report(project)


def test_characters_that_the_terminal_cannot_show_are_escaped(project, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    project.write_runs([("b", "S", "模型", 0.5, 1, 1)] * 2)
    process = project.run_script("check_data.py")
    assert process.returncode == 0
    assert process.stderr == ""
    assert "b | S | \\u6a21\\u578b: 2 runs, run0, run1" in process.stdout


def test_sample(sample_project):
    report = read_report(sample_project)
    assert report.startswith("""\
Missing rows (in the sheet, not in the dataset) (3)
  gaia | HAL Generalist Agent | o3-2025-04-16
  usaco | HAL Generalist Agent | claude-3-7-sonnet-2025-02-19
  usaco | HAL Generalist Agent | gpt-4.1-2025-04-14

Extra rows (in the dataset, not in the sheet) (0)
""")
    assert "  Missing rows (in the sheet, not in the dataset): 3\n" in sample_project.output
    assert "  Extra rows (in the dataset, not in the sheet): 0\n" in sample_project.output
