"""Tables that were cut off, or exported by a spreadsheet: nothing is read wrongly."""

import gzip
import re

import fuzz_tables
import pandas as pd
import pytest
from conftest import Project

import visualizations
from hal_analysis import csv_text, tables
from hal_analysis.schema import TABLES

DATASET = "cleaned_all_metrics.csv"
DERIVED = [name for name in TABLES if TABLES[name].script != "generate_cleaned_dataset.py"]
CHECKED = [
    name for name in DERIVED if not name.startswith("task_") and name != "model_win_rates.csv"
]
TABLE_STAGES = ["check_data", "cost_accuracy_curve", "win_rates", "convex_hull"]


@pytest.fixture
def copied_project(small_project, tmp_path, monkeypatch):
    project = small_project.copy_to(tmp_path / "project")
    project.use(monkeypatch)
    return project


@pytest.fixture
def sample_copy(sample_project, tmp_path, monkeypatch):
    project = sample_project.copy_to(tmp_path / "project")
    project.use(monkeypatch)
    return project


def expect_sentence(action):
    with pytest.raises(SystemExit) as error:
        action()
    assert isinstance(error.value.code, str)
    assert "\n" not in error.value.code
    return error.value.code


def test_no_cut_of_the_last_row_is_read(copied_project):
    path = copied_project.tables / DATASET
    content = path.read_bytes()
    start = content[:-1].rindex(b"\n") + 1
    for end in range(start + 1, len(content)):
        path.write_bytes(content[:end])
        message = copied_project.fail("cost_accuracy_curve")
        assert re.match(f"data/{DATASET}, line 11: the last line has no end", message), message


@pytest.mark.parametrize("name", CHECKED)
def test_table_cut_within_its_last_row_is_an_error(copied_project, name):
    path = copied_project.tables / name
    path.write_bytes(path.read_bytes()[:-2])
    message = expect_sentence(visualizations.check_tables)
    assert f"data/{name}, line " in message
    assert "the last line has no end, so it may be cut off" in message


def test_short_and_long_rows_are_errors(copied_project):
    path = copied_project.tables / DATASET
    lines = path.read_text().splitlines()
    for row, n_cells in ((lines[3].rpartition(",")[0], 16), (f"{lines[3]},x", 18)):
        path.write_text("\n".join([*lines[:3], row, *lines[4:], ""]))
        assert copied_project.fail("cost_accuracy_curve").startswith(
            f"data/{DATASET}, line 4: {n_cells} cells instead of 17: check for missing cells"
        )


@pytest.mark.parametrize(
    ("convert", "expected"),
    [
        (lambda text: text.encode("utf-16"), "is encoded in UTF-16: save it as CSV in UTF-8"),
        (lambda text: gzip.compress(text.encode()), "is compressed with gzip: decompress it"),
        (lambda text: b"PK\x03\x04" + text.encode(), "is an Excel workbook or a zip file: save it"),
        (lambda text: text.replace(",", ";").encode(), "is separated by semicolons, not by commas"),
        (lambda text: text.replace(",", "\t").encode(), "is separated by tabs, not by commas"),
        (lambda text: text.replace(",0.4,", ',"0,4",').encode(), "'0,4' has a decimal comma: save"),
        (lambda text: text.replace(",0.4,", ",0,4,").encode(), "18 cells instead of 17: check for"),
        (lambda text: text.replace(",0.4,", ",0\0.4,").encode(), "line 3: a NUL byte, which no "),
        (lambda text: text.replace("accuracy", "total_cost").encode(), "the column(s) accuracy"),
        (lambda text: text.replace("run_id", "accuracy").encode(), "has two columns accuracy:"),
    ],
)
def test_other_formats_are_named(copied_project, convert, expected):
    path = copied_project.tables / DATASET
    path.write_bytes(convert(path.read_text()))
    message = copied_project.fail("cost_accuracy_curve")
    assert message.startswith(f"data/{DATASET}")
    assert expected in message


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("True", "TRUE").replace("False", "FALSE"),
        lambda text: text.replace("True", "true").replace("False", "false"),
        lambda text: text.replace(",", " ,"),
        lambda text: text.replace("\n", " \n"),
        lambda text: text.replace("\n", ",\n"),
        lambda text: (
            text.partition("\n")[0]
            + text.partition("\n")[1]
            + text.partition("\n")[2].replace("\n", ",\n")
        ),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n\n" + "," * text.partition("\n")[0].count(",") + "\n",
    ],
    ids=["TRUE", "true", "blanks", "blank", "empty column", "surplus", "CRLF", "BOM", "blank rows"],
)
def test_legal_edits_of_all_tables_are_read(copied_project, edit):
    for name in (DATASET, *DERIVED):
        path = copied_project.tables / name
        text = path.read_text(encoding="utf-8")
        path.write_bytes(edit(text).encode())
    visualizations.check_tables()


def test_numbers_of_15_digits_are_those_of_the_sample(sample_copy):
    """A spreadsheet writes 15 digits, and no decimals for whole numbers."""
    for name in TABLES:
        path = sample_copy.tables / name
        table = pd.read_csv(path, dtype={"task_id": str}, keep_default_na=False, na_values=[""])
        table.to_csv(path, index=False, float_format="%.15g")
    visualizations.check_tables()
    for stage in TABLE_STAGES:
        sample_copy.run_quietly(stage)


def test_surplus_text_names_line_and_text(copied_project):
    path = copied_project.tables / DATASET
    head, *lines = path.read_text().splitlines()
    lines = [f"{line},{'note' * (i == 2)}" for i, line in enumerate(lines)]
    path.write_text("\n".join([head, *lines, ""]))
    assert copied_project.fail("cost_accuracy_curve").startswith(
        f"data/{DATASET}, line 4: 'note' is in a column without a name: fix it or run "
    )


def test_row_without_the_columns_that_are_read_is_an_error(copied_project):
    path = copied_project.tables / DATASET
    columns = path.read_text().partition("\n")[0].split(",")
    cells = ["2026-01-01" if column == "date" else "" for column in columns]
    path.write_text(path.read_text() + ",".join(cells) + "\n")
    assert copied_project.fail("cost_accuracy_curve").startswith(
        f"data/{DATASET}, line 12, column benchmark_name: '' is not a name: "
    )


def test_large_cells_and_line_breaks_in_cells_are_read(project: Project):
    project.write_runs([("b", "S", "A", 0.5, 1.0, 1.0), ("b", "S", "B", 0.6, 1.0, 1.0)])
    frame = project.table(DATASET)
    frame["run_command"] = ["x\n,\"'" * 500_000, ""]
    frame["accuracy"] = [0.5, "?"]
    frame.to_csv(project.tables / DATASET, index=False)
    assert project.fail("cost_accuracy_curve").startswith(
        f"data/{DATASET}, line 500003, column accuracy: '?' is not a number from 0 to 1"
    )
    frame.assign(accuracy=[0.5, 0.6]).to_csv(project.tables / DATASET, index=False)
    project.run_quietly("cost_accuracy_curve")


# Inputs of the coverage-guided search.

INPUTS = {f"seed {i}": data for i, data in enumerate(fuzz_tables.SEEDS)} | {
    path.name: path.read_bytes() for path in sorted(fuzz_tables.CRASHES.glob("*"))
}


@pytest.mark.parametrize("name", INPUTS)
def test_input_of_the_search(name):
    fuzz_tables.check(INPUTS[name])


@pytest.mark.parametrize("data", fuzz_tables.SEEDS)
def test_seed_of_the_search_is_valid_and_another_number_is_detected(data, monkeypatch):
    read = tables.read_table
    monkeypatch.setattr(
        tables, "read_table", lambda *args: read(*args).assign(wins_sum=[0.25] * len(read(*args)))
    )
    with pytest.raises(AssertionError):
        fuzz_tables.check(data)


@pytest.mark.parametrize("separator", ["\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u2028"])
def test_separator_beside_a_number_is_a_space(project, separator):
    path = project.tables / "model_mean_cost.csv"
    path.write_text(f"model_name_short,mean_cost\na,4{separator}\n", encoding="utf-8")
    assert tables.read_table(path.name).mean_cost.tolist() == [4.0]


@pytest.mark.parametrize("block_bytes", [1, 5, 30, 1000])
def test_carriage_return_within_a_line_is_an_error(project, monkeypatch, block_bytes):
    """Python and pandas would end the row there, whichever blocks the line is read in."""
    monkeypatch.setattr(csv_text, "BLOCK_BYTES", block_bytes)
    path = project.tables / "model_mean_cost.csv"
    path.write_bytes(b"model_name_short,mean_cost\ra,4\n")
    message = expect_sentence(lambda: tables.read_table(path.name))
    assert "(a carriage return ends a line)" in message
    path.write_bytes(b"model_name_short,mean_cost\r\na,4\r\n")
    assert tables.read_table(path.name).mean_cost.tolist() == [4.0]


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("block_bytes", [1, 20, 1000])
def test_cells_are_counted_in_blocks_of_any_size(project, monkeypatch, line_break, block_bytes):
    monkeypatch.setattr(csv_text, "BLOCK_BYTES", block_bytes)
    cells = ["a", '"b, c"', '"d ""e"", f"', '"g\nh"', "i"]
    rows = [f"{cell},{i}" for i, cell in enumerate(cells)]
    path = project.tables / "model_mean_cost.csv"
    path.write_text(line_break.join(["model_name_short,mean_cost", *rows, ""]), newline="")
    table = tables.read_table(path.name)
    assert table.model_name_short.tolist() == ["a", "b, c", 'd "e", f', "g h", "i"]
    assert table.mean_cost.tolist() == [0, 1, 2, 3, 4]
    # The next row starts on line 8, since a cell contains a line break.
    for row, n_cells in (('"j\nk"', 1), ('"j, k",5,6', 3)):
        with path.open("a", newline="") as file:
            file.write(f"{row}{line_break}")
        message = expect_sentence(lambda: tables.read_table(path.name))
        assert f"line 8: {n_cells} cells instead of 2" in message
        path.write_text(line_break.join(["model_name_short,mean_cost", *rows, ""]), newline="")
