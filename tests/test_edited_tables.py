"""Tables that were edited by hand: what the stages accept, and what they say otherwise."""

import pandas as pd
import pytest
from conftest import Project
from hypothesis import given
from hypothesis import strategies as st

import config
from hal_analysis import names, paths, tables
from hal_analysis.schema import AMOUNT, FLAG, NAME, TABLES, TEXT, Table

TABLE_STAGES = ["check_data", "cost_accuracy_curve", "win_rates", "convex_hull"]
RUNS = [
    ("b1", "S", "A", 0.8, 10.0, 3.0),
    ("b1", "S", "B", 0.4, 2.0, 4.0),
    ("b2", "S", "A", 0.5, 4.0, 5.0),
    ("b2", "S", "B", 0.6, None, None),
]
STAGE_1_HINT = "run generate_cleaned_dataset.py, which writes this file."


@pytest.fixture(scope="module")
def unedited_project(tmp_path_factory):
    """A project that has run the stages that write tables."""
    project = Project(tmp_path_factory.mktemp("unedited") / "project")
    project.write_runs(RUNS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        project.run_quietly("run_pipeline", "--only", *TABLE_STAGES)
    return project


@pytest.fixture
def copied_project(unedited_project, tmp_path, monkeypatch):
    project = unedited_project.copy_to(tmp_path / "project")
    project.use(monkeypatch)
    return project


def edit(project, table, old, new):
    """Replace the first occurrence of a text in a table."""
    path = project.tables / table
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("table", "old", "new", "stage", "expected"),
    [
        (
            "cleaned_all_metrics.csv",
            ",0.4,",
            ",40,",
            "win_rates",
            ", line 3, column accuracy: '40' is not a number from 0 to 1: fix it or "
            f"{STAGE_1_HINT}",
        ),
        (
            "cleaned_all_metrics.csv",
            ",10.0,",
            ",-1,",
            "cost_accuracy_curve",
            ", line 2, column total_cost: '-1' is not a number from 0 to 1e12, or an empty cell: "
            f"fix it or {STAGE_1_HINT}",
        ),
        (
            "cleaned_all_metrics.csv",
            "\nb2,",
            "\n ,",
            "check_data",
            f", line 4, column benchmark_name: ' ' is not a name: fix it or {STAGE_1_HINT}",
        ),
        (
            "pareto_distances.csv",
            "\nB,b1,",
            "\n\n,,\nA,b1,",
            "win_rates",
            ", line 5: duplicate row for model_name_short 'A', benchmark_name 'b1': fix it or run "
            "cost_accuracy_curve.py, which writes this file.",
        ),
        (
            "model_win_rates_max.csv",
            "\nB,",
            "\nA,",
            "convex_hull",
            ", line 3: duplicate row for model_name_short 'A': fix it or run win_rates.py, which "
            "writes this file.",
        ),
        (
            "pareto_distances.csv",
            ",True,",
            ",yes,",
            "visualizations",
            ", line 2, column pareto_optimal: 'yes' is not True or False: fix it or run "
            "cost_accuracy_curve.py, which writes this file.",
        ),
        (
            "benchmark_win_rates_max.csv",
            "\nA,b2",
            "\nA,b3",
            "visualizations",
            ", line 3: model_name_short 'A', benchmark_name 'b3', agent_name_short 'S', runs 1.0 "
            "does not occur in data/cleaned_all_metrics.csv: run win_rates.py again, which writes "
            "data/benchmark_win_rates_max.csv.",
        ),
    ],
)
def test_invalid_edit_is_an_error(copied_project, table, old, new, stage, expected):
    edit(copied_project, table, old, new)
    assert copied_project.fail(stage) == f"data/{table}{expected}"


@pytest.mark.parametrize(
    ("old", "new", "stage", "expected"),
    [
        (
            ",A,0.8,",
            ",C,0.8,",
            "win_rates",
            "data/pareto_distances.csv, line 2: model_name_short 'A', benchmark_name 'b1', "
            "total_cost 10.0, accuracy 0.8, agent_name_short 'S', runs 1.0 does not occur in "
            "data/cleaned_all_metrics.csv: run cost_accuracy_curve.py again, which writes "
            "data/pareto_distances.csv.",
        ),
        (
            ",0.8,",
            ",0.9,",
            "win_rates",
            "data/pareto_distances.csv, line 2: model_name_short 'A', benchmark_name 'b1', "
            "total_cost 10.0, accuracy 0.8, agent_name_short 'S', runs 1.0 does not occur in "
            "data/cleaned_all_metrics.csv: run cost_accuracy_curve.py again, which writes "
            "data/pareto_distances.csv.",
        ),
        (
            ",0.6,,",
            ",0.6,7,",
            "win_rates",
            "data/pareto_distances.csv has no row for model_name_short 'B', benchmark_name 'b2', "
            "which occurs in data/cleaned_all_metrics.csv: run cost_accuracy_curve.py again, which "
            "writes data/pareto_distances.csv.",
        ),
        (
            ",A,0.8,",
            ",C,0.8,",
            "convex_hull",
            "data/model_win_rates_max.csv has no row for model_name_short 'C', which occurs in "
            "data/cleaned_all_metrics.csv: run win_rates.py again, which writes "
            "data/model_win_rates_max.csv.",
        ),
        (
            ",0.8,",
            ",0.9,",
            "visualizations",
            "data/pareto_distances.csv, line 2: model_name_short 'A', benchmark_name 'b1', "
            "total_cost 10.0, accuracy 0.8, agent_name_short 'S', runs 1.0 does not occur in "
            "data/cleaned_all_metrics.csv: run cost_accuracy_curve.py again, which writes "
            "data/pareto_distances.csv.",
        ),
    ],
)
def test_edit_of_the_dataset_makes_other_tables_outdated(copied_project, old, new, stage, expected):
    edit(copied_project, "cleaned_all_metrics.csv", old, new)
    assert "was made from a different data/cleaned_all_metrics.csv" in copied_project.fail(stage)
    copied_project.remove_manifests()  # the rows are compared, too
    assert copied_project.fail(stage) == expected
    copied_project.run_quietly("run_pipeline", "--only", *TABLE_STAGES[1:])


@pytest.mark.parametrize("stage", [*TABLE_STAGES, "visualizations"])
def test_dataset_without_runs_is_an_error(copied_project, stage):
    path = copied_project.tables / "cleaned_all_metrics.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n\n,,\n")
    assert copied_project.fail(stage) == f"data/cleaned_all_metrics.csv has no runs: {STAGE_1_HINT}"


def test_table_with_semicolons_is_an_error(copied_project):
    path = copied_project.tables / "cleaned_all_metrics.csv"
    path.write_text(path.read_text().replace(",", ";"))
    assert copied_project.fail("win_rates") == (
        "data/cleaned_all_metrics.csv is separated by semicolons, not by commas: save it as CSV in "
        f"UTF-8, separated by commas, with decimal points, or {STAGE_1_HINT}"
    )


# Any table.


@pytest.fixture(scope="module")
def tables_folder(tmp_path_factory):
    """The folder of tables, for all examples of a property."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("tables")
        monkeypatch.setattr(config, "TABLES_DIR", folder)
        columns = {"model_name_short": NAME, "cost": AMOUNT, "flag": FLAG}
        monkeypatch.setitem(TABLES, "any.csv", Table("some.py", columns, ("model_name_short",)))
        monkeypatch.setitem(TABLES, "texts.csv", Table("some.py", {"x": TEXT, "y": FLAG}))
        yield folder


CELLS = st.text(max_size=8) | st.floats().map(str) | st.sampled_from(["", "A", "True", "1", "0.5"])
FORMULA_CHARACTERS = "=+-@\uff1d"


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5), garbage=st.binary(max_size=9))
def test_any_table_is_read_or_is_an_error_of_one_sentence(tables_folder, rows, garbage):
    frame = pd.DataFrame(rows, columns=["model_name_short", "cost", "flag"], dtype=str)
    content = frame.to_csv(index=False).encode("utf-8", "replace") + garbage
    (tables_folder / "any.csv").write_bytes(content)
    try:
        table = tables.read_table("any.csv")
    except SystemExit as error:
        sentence = str(error)
        assert "any.csv" in sentence
        assert sentence.endswith("run some.py, which writes this file.")
        return
    assert table.cost.between(0, 1e12).all()
    assert table.model_name_short.is_unique
    assert (table.model_name_short != "").all()
    if not garbage:
        expected = [row for row in rows if any(row)]
        assert table.cost.tolist() == [float(cost) for _, cost, _ in expected]
        cleaned = [names.clean_text(name) for name, _, _ in expected]
        assert table.model_name_short.tolist() == cleaned


@given(st.lists(st.text(st.sampled_from(f"'{FORMULA_CHARACTERS} ab,\n"), max_size=4), min_size=1))
def test_texts_are_read_as_they_were_written_and_are_not_formulas(tables_folder, texts):
    tables.write_table(pd.DataFrame({"x": texts, "y": True}), "texts.csv")
    assert tables.read_table("texts.csv").x.tolist() == texts
    cells = pd.read_csv(paths.table_path("texts.csv"), dtype=str, keep_default_na=False).x
    assert not any(cell.startswith(tuple(FORMULA_CHARACTERS)) for cell in cells)
