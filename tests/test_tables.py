"""Tables between the stages: reading, checking and writing."""

import pandas as pd
import pytest

import config
import visualizations
from hal_analysis import tables
from hal_analysis.schema import TABLES

RUNS = [
    ("b1", "S", "A", 0.5, 1.0, 2.0),
    ("b1", "S", "B", 0.6, None, 3.0),
    ("b2", "S", "A", 0.7, 2.0, None),
]
DATASET = "cleaned_all_metrics.csv"
# The columns that each stage uses.
USED_COLUMNS = {
    "check_data": (
        "benchmark_name agent_name_short model_name_short run_id date accuracy total_cost "
        "latencies_per_task mean_latency tasks"
    ),
    "cost_accuracy_curve": "benchmark_name agent_name_short model_name_short accuracy total_cost",
    "win_rates": "benchmark_name agent_name_short model_name_short accuracy total_cost",
    "convex_hull": (
        "benchmark_name agent_name_short model_name_short accuracy total_cost mean_latency"
    ),
    "visualizations": (
        "benchmark_name agent_name_short model_name_short accuracy total_cost mean_latency"
    ),
}


def replace_cell(path, line, column, text):
    """Replace a cell of a CSV file without line breaks or quotes in cells."""
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[line - 1].split(",")
    cells[lines[0].split(",").index(column)] = text
    lines[line - 1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_missing_table_names_file_and_script(project):
    assert project.fail("win_rates") == (
        "data/cleaned_all_metrics.csv does not exist: run generate_cleaned_dataset.py, which "
        "writes this file."
    )
    project.write_runs(RUNS)
    assert project.fail("win_rates") == (
        "data/pareto_distances.csv does not exist: run cost_accuracy_curve.py, which writes this "
        "file."
    )
    project.run("cost_accuracy_curve")
    assert project.fail("convex_hull") == (
        "data/model_win_rates_max.csv does not exist: run win_rates.py, which writes this file."
    )
    assert project.fail("visualizations") == (
        "data/model_pairs.csv does not exist: run win_rates.py, which writes this file."
    )


def test_missing_columns_are_all_named(project):
    (project.tables / DATASET).write_text("agent_name,benchmark_name\n")
    assert project.fail("cost_accuracy_curve") == (
        "data/cleaned_all_metrics.csv is missing the column(s) agent_name_short, "
        "model_name_short, accuracy, total_cost; found: agent_name, benchmark_name: run "
        "generate_cleaned_dataset.py, which writes this file."
    )


def test_stages_need_only_the_columns_that_they_use(project):
    project.write_runs(RUNS)
    for stage in ("cost_accuracy_curve", "win_rates", "convex_hull"):
        project.run(stage)
    dataset = project.table(DATASET)
    for stage, used in USED_COLUMNS.items():
        dropped = used.split()[:2]
        dataset.drop(columns=dropped).to_csv(project.tables / DATASET, index=False)
        missing = f"is missing the column(s) {', '.join(dropped)}; found: "
        assert missing in project.fail(stage)
        dataset[used.split()].to_csv(project.tables / DATASET, index=False)
        if stage == "visualizations":
            visualizations.check_tables()  # without drawing, which takes long
        else:
            project.run(stage)


@pytest.mark.parametrize("cell", ["x", "nan", "inf", "1_0e-1", "٣", "1 2", "0x1"])
def test_invalid_number_names_line_and_column(project, cell):
    project.write_runs(RUNS)
    project.run("cost_accuracy_curve")
    replace_cell(project.tables / "pareto_distances.csv", 3, "pareto_distance", f'"{cell}"')
    assert project.fail("win_rates") == (
        f"data/pareto_distances.csv, line 3, column pareto_distance: {cell!r} is not a number from "
        "0 to 1e12: fix it or run cost_accuracy_curve.py, which writes this file."
    )


def test_line_numbers_count_line_breaks_in_cells(project):
    project.write_runs(RUNS)
    frame = project.table(DATASET)
    frame["agent_name"] = ["one\ntwo\nthree", "a", "b"]
    frame["accuracy"] = [0.1, "?", 0.3]
    frame.to_csv(project.tables / DATASET, index=False)
    assert project.fail("cost_accuracy_curve").startswith(
        "data/cleaned_all_metrics.csv, line 5, column accuracy: '?' is not a number from 0 to 1: "
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "data/cleaned_all_metrics.csv is empty: run generate_cleaned_dataset.py"),
        (b"a\n\xff\xff\n", "data/cleaned_all_metrics.csv is not a valid CSV file ("),
    ],
)
def test_invalid_csv_files(project, content, expected):
    (project.tables / DATASET).write_bytes(content)
    assert project.fail("win_rates").startswith(expected)


def test_models_named_na_or_none_keep_their_names(project):
    project.write_runs([("b", "S", "NA", 0.5, 1, 1), ("b", "S", "None", 0.6, 2, 1)])
    project.run("cost_accuracy_curve")
    text = (project.tables / "pareto_distances.csv").read_text()
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == ["NA", "None"]


def test_folder_in_place_of_a_table(project):
    project.write_runs([("b", "S", "A", 0.5, 1, 1)])
    (project.tables / "pareto_distances.csv").mkdir()
    assert project.fail("cost_accuracy_curve") == (
        "data/pareto_distances.csv cannot be written (Is a directory): remove what is in its "
        "place, or choose another folder."
    )


def test_file_in_place_of_the_folder(project):
    project.tables.rmdir()
    project.tables.touch()
    with pytest.raises(SystemExit) as error:
        tables.write_table(pd.DataFrame(columns=["file", "reason"]), "skipped_traces.csv")
    assert error.value.code == (
        "data/skipped_traces.csv cannot be written (File exists): remove what is in its place, or "
        "choose another folder."
    )


def test_written_tables_have_the_columns_of_the_schema_in_order(project):
    frame = pd.DataFrame({"reason": ['no, "it\'s"'], "other": [1], "file": ["a\nb.json"]})
    path = tables.write_table(frame, "skipped_traces.csv")
    assert path == project.tables / "skipped_traces.csv"
    assert path.read_text() == 'file,reason\n"a\nb.json","no, ""it\'s"""\n'


def test_every_table_of_the_sample_is_declared_and_has_exactly_its_columns(sample_project):
    names = {path.name for path in sample_project.tables.glob("*.csv")}
    assert names == set(TABLES)
    for name, schema in TABLES.items():
        assert sample_project.table(name).columns.tolist() == list(schema.columns), name


def test_common_benchmarks(monkeypatch):
    columns = ["benchmark_name", "model_name_short"]
    runs = pd.DataFrame(
        [("y", "A"), ("y", "B"), ("x", "B"), ("x", "A"), ("x", "A"), ("z", "A")], columns=columns
    )
    assert tables.common_benchmarks(runs) == ["x", "y"]
    assert len(tables.select_compared_runs(runs)) == 6
    monkeypatch.setattr(config, "COMMON_BENCHMARKS_ONLY", True)
    assert set(tables.select_compared_runs(runs).benchmark_name) == {"x", "y"}
