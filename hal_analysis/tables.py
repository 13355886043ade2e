"""Reading, checking and writing the CSV files between the stages; `schema.py` declares them."""

import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import config
from hal_analysis import names
from hal_analysis.paths import display_path, table_path, write_file
from hal_analysis.schema import DATASET, FLAG, FLAG_OR_EMPTY, LIMITS, NAME, TABLES, TEXT

# A cell that a spreadsheet would run as a formula is written with an apostrophe in front, which is
# removed on reading; a cell that already looks like that gets one more.
FORMULA = r"^(?='*[=+\-@＝＋－＠])"
ESCAPED_FORMULA = r"^'(?='*[=+\-@＝＋－＠])"


def read_table(
    name: str,
    columns: Sequence[str] | None = None,
    source: pd.DataFrame | None = None,
    source_name: str = DATASET,
) -> pd.DataFrame:
    """Read one of `schema.TABLES` and check it.

    Parameters
    ----------
    name : str
    columns : sequence of str, optional
        The columns to read; by default all of the schema.
    source, source_name : DataFrame and str, optional
        The dataset, or another table, that this table must have been made from.

    Returns
    -------
    DataFrame
        Numbers as float64 with NaN for empty cells, flags as bool, everything else as str. Names
        are normalised by `names.clean_text`.

    Raises
    ------
    SystemExit
        With one sentence that names file, line and column, if the file or a column is missing, a
        cell holds a value that its column does not allow, a key occurs twice, the dataset has no
        runs, or the table was not made from its source.
    """
    schema, path = TABLES[name], table_path(name)
    columns = list(schema.columns if columns is None else columns)
    hint = f"run {schema.script}, which writes this file"
    text = read_csv_text(path, hint)
    check_columns(text, columns, path, hint)
    table = {}
    for column in columns:
        cell_type = schema.columns[column]
        table[column] = _convert(text[column], cell_type)
        is_invalid = ~_is_valid(table[column], text[column], cell_type)
        if is_invalid.any():
            row = int(is_invalid.argmax())
            sys.exit(
                f"{display_path(path)}, line {_line(text, row)}, column {column}: "
                f"{text[column].iloc[row]!r} is not {cell_type}: fix it or {hint}."
            )
    table = pd.DataFrame(table).reset_index(drop=True)
    if name == DATASET and table.empty:
        sys.exit(f"{display_path(path)} has no runs: {hint}.")
    if schema.key and set(schema.key) <= set(columns):
        is_duplicate = table.duplicated(list(schema.key))
        if is_duplicate.any():
            row = int(is_duplicate.argmax())
            sys.exit(
                f"{display_path(path)}, line {_line(text, row)}: duplicate row for "
                f"{_format_cells(table[list(schema.key)].iloc[row])}: fix it or {hint}."
            )
    if source is not None:
        _check_made_from(source, source_name, table, text, name)
    return table


def read_runs(columns: Sequence[str]) -> pd.DataFrame:
    """Read columns of the dataset; with `ZERO_COST_IS_UNKNOWN`, a cost of exactly 0 is NaN."""
    runs = read_table(DATASET, columns)
    if config.ZERO_COST_IS_UNKNOWN and "total_cost" in columns:
        runs["total_cost"] = runs.total_cost.where(runs.total_cost != 0)
    return runs


def write_table(frame: pd.DataFrame, name: str) -> Path:
    """Write one of `schema.TABLES`, its columns in the order of the schema; return its path."""
    path, columns = table_path(name), TABLES[name].columns
    text_columns = [column for column, cell_type in columns.items() if cell_type in (NAME, TEXT)]
    cells = {column: _escape(frame[column].astype(object)) for column in text_columns}
    text = frame[list(columns)].assign(**cells).to_csv(index=False, lineterminator="\n")
    write_file(path, text.encode("utf-8", "backslashreplace"))
    return path


def read_csv_text(path: Path, hint: str) -> pd.DataFrame:
    """Read a CSV file as text, with "" for empty cells and without blank lines.

    The index counts lines, blank ones included, from 0 for the line below the header. If the file
    cannot be read, the script ends with one sentence; `hint` says what to do.
    """
    shown = display_path(path)
    try:
        text = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False
        )
    except FileNotFoundError:
        sys.exit(f"{shown} does not exist: {hint}.")
    except pd.errors.EmptyDataError:
        sys.exit(f"{shown} is empty: {hint}.")
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        sys.exit(f"{shown} is not a valid CSV file ({str(error).strip()}): {hint}.")
    except OSError as error:
        sys.exit(f"{shown} cannot be read ({error.strerror}): {hint}.")
    if not isinstance(text.index, pd.RangeIndex):
        # read_csv takes surplus cells for an index, which would shift every column.
        sys.exit(f"{shown} is not a valid CSV file (rows longer than the header): {hint}.")
    text = text.fillna("")  # rows shorter than the header
    return text[(text != "").any(axis=1)]


def check_columns(text: pd.DataFrame, columns: Sequence[str], path: Path, hint: str) -> None:
    """End the script with one sentence if a CSV file does not have all of these columns."""
    missing = [column for column in columns if column not in text]
    if missing:
        sys.exit(
            f"{display_path(path)} is missing the column(s) {', '.join(missing)}; found: "
            f"{', '.join(text.columns)}: {hint}."
        )


def common_benchmarks(runs: pd.DataFrame) -> list[str]:
    """Return the sorted benchmarks that every model of the runs ran on."""
    n_models = runs.groupby("benchmark_name").model_name_short.nunique()
    return n_models.index[n_models == runs.model_name_short.nunique()].tolist()


def select_compared_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs that win rates and means are computed from.

    These are all runs or, with `COMMON_BENCHMARKS_ONLY`, those on the common benchmarks. If there
    are none, the script ends with one sentence.
    """
    if not config.COMMON_BENCHMARKS_ONLY:
        return runs
    common = common_benchmarks(runs)
    if not common:
        n_benchmarks = runs.groupby("model_name_short").benchmark_name.nunique()
        sys.exit(
            f"No benchmark was run with all {len(n_benchmarks)} models "
            f"({n_benchmarks.idxmin()} ran on the fewest: {n_benchmarks.min()} of "
            f"{runs.benchmark_name.nunique()}): set COMMON_BENCHMARKS_ONLY = False or "
            "omit --common-benchmarks, or exclude models with EXCLUDED_MODELS in config.py."
        )
    return runs[runs.benchmark_name.isin(common)]


def _convert(cells: pd.Series, cell_type: str) -> pd.Series:
    if cell_type in LIMITS:
        # float() restores exactly the number that was written; read_csv's parser may not.
        return pd.Series(map(_to_float, cells), index=cells.index, dtype=float)
    if cell_type == FLAG:
        return cells == "True"
    if cell_type == FLAG_OR_EMPTY:
        return cells.map({"True": True, "False": False}).astype("boolean")
    if cell_type == NAME:
        clean = {cell: names.clean_text(_unescape(cell)) for cell in cells.unique()}
        return cells.map(clean)
    is_quoted = cells.str.startswith("'")
    return cells.mask(is_quoted, cells[is_quoted].map(_unescape)) if is_quoted.any() else cells


def _escape(cells: pd.Series) -> pd.Series:
    """Mark cells that a spreadsheet would run; each distinct cell is looked at once."""
    return cells.map({cell: re.sub(FORMULA, "'", cell) for cell in cells.unique()})


def _unescape(cell: str) -> str:
    return re.sub(ESCAPED_FORMULA, "", cell)


def _to_float(cell: str) -> float:
    try:
        return float(cell) if cell else math.nan
    except ValueError:
        return math.nan


def _is_valid(values: pd.Series, cells: pd.Series, cell_type: str) -> pd.Series:
    """Return which cells hold a value that their column allows."""
    if cell_type == NAME:
        return values != ""
    if cell_type == FLAG:
        return cells.isin(["True", "False"])
    if cell_type == FLAG_OR_EMPTY:
        return cells.isin(["True", "False", ""])
    if cell_type in LIMITS:
        may_be_empty = cell_type.endswith("empty cell")
        return values.between(*LIMITS[cell_type]) | ((cells == "") & may_be_empty)
    return pd.Series(True, index=cells.index)


def _check_made_from(
    source: pd.DataFrame, source_name: str, table: pd.DataFrame, text: pd.DataFrame, name: str
) -> None:
    """End the script if a table has rows that its source does not have, or vice versa."""
    schema = TABLES[name]
    path, source_path = display_path(table_path(name)), display_path(table_path(source_name))
    hint = f"run {schema.script} again, which writes {path}"
    common = [column for column in table.columns if column in source]
    is_foreign = ~_rows_as_keys(table, common).isin(_rows_as_keys(source, common))
    if is_foreign.any():
        row = int(is_foreign.argmax())
        sys.exit(
            f"{path}, line {_line(text, row)}: {_format_cells(table[common].iloc[row])} does not "
            f"occur in {source_path}: {hint}."
        )
    if source_name != DATASET or schema.required_columns is None:
        return
    key = list(schema.key)
    expected = source.dropna(subset=list(schema.required_columns))[key]
    missing = expected[~_rows_as_keys(expected, key).isin(_rows_as_keys(table, key))]
    if len(missing):
        sys.exit(
            f"{path} has no row for {_format_cells(missing.iloc[0])}, which occurs in "
            f"{source_path}: {hint}."
        )


def _rows_as_keys(rows: pd.DataFrame, columns: list[str]) -> pd.Index:
    """Return the cells of some columns of each row as one value, with None for NaN."""
    cells = rows[columns].astype(object)
    cells = cells.where(cells.notna(), None)
    return pd.Index(cells.itertuples(index=False, name=None), tupleize_cols=False)


def _format_cells(row: pd.Series) -> str:
    """Return `model_name_short 'o3', accuracy 0.5` for the cells of a row."""
    return ", ".join(
        f"{column} {cell!r}" if isinstance(cell, str) else f"{column} {cell}"
        for column, cell in row.items()
    )


def _line(text: pd.DataFrame, row: int) -> int:
    """Return the line of the file on which a row starts; cells may contain line breaks."""
    n_breaks = sum(cell.count("\n") for cell in text.iloc[:row].to_numpy().ravel())
    return int(text.index[row]) + 2 + n_breaks
