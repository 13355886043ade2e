"""Reading, checking and writing the CSV files between the stages; `schema.py` declares them."""

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import config
from hal_analysis import names
from hal_analysis.csv_text import EXPORT, find_line, read_csv_blocks
from hal_analysis.paths import display_path, table_path, write_file
from hal_analysis.schema import (
    DATASET,
    FLAG,
    FLAG_OR_EMPTY,
    LIMITS,
    NAME,
    TABLES,
    TEXT,
    WHOLE_NUMBERS,
)

# A cell that a spreadsheet would run as a formula is written with an apostrophe in front, which is
# removed on reading; a cell that already looks like that gets one more.
FORMULA = r"^(?='*[=+\-@＝＋－＠])"
ESCAPED_FORMULA = r"^'(?='*[=+\-@＝＋－＠])"

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
NUMERIC_CHARACTERS = re.compile(r"[0-9.eE+-]*")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)

QUOTE = '"'

ROWS_AT_A_TIME = 10_000  # of a table that is written

# Relative difference of numbers that are equal; spreadsheets write 15 digits.
ROUNDING = 1e-12


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
    blocks: list[pd.DataFrame] = []
    cleaned_names: dict[str, str] = {}
    for text in read_csv_blocks(path, columns, hint):
        block = {
            each: _convert(text[each], schema.columns[each], cleaned_names) for each in columns
        }
        for column, values in block.items():
            _check_cells(values, text[column], schema.columns[column], path, hint)
        blocks.append(pd.DataFrame(block))
    table = pd.concat(blocks)
    file_rows = table.index
    table = table.reset_index(drop=True)
    if name == DATASET and table.empty:
        sys.exit(f"{display_path(path)} has no runs: {hint}.")
    if schema.key and set(schema.key) <= set(columns):
        is_duplicate = table.duplicated(list(schema.key))
        if is_duplicate.any():
            row = int(is_duplicate.argmax())
            sys.exit(
                f"{display_path(path)}, line {find_line(path, file_rows[row])}: duplicate row for "
                f"{_format_cells(table[list(schema.key)].iloc[row])}: fix it or {hint}."
            )
    for rule in schema.rules:
        if set(rule.columns) <= set(columns) and not (is_met := rule.is_met(table)).all():
            row = int(is_met.argmin())
            sys.exit(
                f"{display_path(path)}, line {find_line(path, file_rows[row])}: "
                f"{_format_cells(table[[*rule.columns]].iloc[row])}: {rule.expected}: fix it or "
                f"{hint}."
            )
    if source is not None:
        check_made_from(source, source_name, table, file_rows, name)
    return table


def read_runs(columns: Sequence[str]) -> pd.DataFrame:
    """Read columns of the dataset; with `ZERO_COST_IS_UNKNOWN`, a cost of exactly 0 is NaN."""
    runs = read_table(DATASET, columns)
    if config.ZERO_COST_IS_UNKNOWN and "total_cost" in columns:
        runs["total_cost"] = runs.total_cost.where(runs.total_cost != 0)
    return runs


def write_table(frame: pd.DataFrame, name: str) -> Path:
    """Write one of `schema.TABLES`, its columns in the order of the schema; return its path."""
    path = table_path(name)
    write_file(path, _format_blocks(frame, TABLES[name].columns))
    return path


def check_made_from(
    source: pd.DataFrame, source_name: str, table: pd.DataFrame, file_rows: pd.Index, name: str
) -> None:
    """End the script if a table has rows that its source does not have, or vice versa.

    Parameters
    ----------
    source, source_name : DataFrame and str
        The dataset, or another table, that the table must have been made from.
    table, file_rows : DataFrame and Index
        The rows of the table, and their positions in its file.
    name : str
        One of `schema.TABLES`.
    """
    schema, file = TABLES[name], table_path(name)
    path, source_path = display_path(file), display_path(table_path(source_name))
    hint = f"run {schema.script} again, which writes {path}"
    if schema.script == TABLES[source_name].script:
        hint = f"make the same change in both files, or run {schema.script} again"
    common = [column for column in table.columns if column in source]
    is_foreign = ~_occur_in(table[common], source[common])
    if is_foreign.any():
        row = int(is_foreign.argmax())
        sys.exit(
            f"{path}, line {find_line(file, file_rows[row])}: "
            f"{_format_cells(table[common].iloc[row])} does not occur in {source_path}: {hint}."
        )
    key = list(schema.key)
    if schema.required_columns is None or not {*key, *schema.required_columns} <= {*source}:
        return
    expected = source.dropna(subset=list(schema.required_columns))[key].drop_duplicates()
    is_missing = ~_occur_in(expected, table[key])
    if is_missing.any():
        sys.exit(
            f"{path} has no row for {_format_cells(expected[is_missing].iloc[0])}, which occurs in "
            f"{source_path}: {hint}."
        )


def common_benchmarks(runs: pd.DataFrame) -> list[str]:
    """Return the sorted benchmarks that every model of the runs ran on."""
    n_models = runs.groupby("benchmark_name", observed=True).model_name_short.nunique()
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
        n_benchmarks = runs.groupby("model_name_short", observed=True).benchmark_name.nunique()
        sys.exit(
            f"No benchmark was run with all {len(n_benchmarks)} models "
            f"({n_benchmarks.idxmin()} ran on the fewest: {n_benchmarks.min()} of "
            f"{runs.benchmark_name.nunique()}): set COMMON_BENCHMARKS_ONLY = False or "
            "omit --common-benchmarks, or exclude models with EXCLUDED_MODELS in config.py."
        )
    return runs[runs.benchmark_name.isin(common)]


def _convert(cells: pd.Series, cell_type: str, cleaned_names: dict[str, str]) -> pd.Series:
    if cell_type in LIMITS:
        return pd.Series(_to_floats(cells.to_numpy(dtype=object).tolist()), index=cells.index)
    if cell_type == FLAG:
        return cells.str.strip().str.lower() == "true"
    if cell_type == FLAG_OR_EMPTY:
        flags = {"true": True, "false": False}
        return cells.str.strip().str.lower().map(flags).astype("boolean")
    if cell_type == NAME:
        codes, distinct = pd.factorize(cells.to_numpy(dtype=object))
        for cell in distinct:
            if cell not in cleaned_names:
                cleaned_names[cell] = names.clean_text(_unescape(cell))
        cleaned = np.array([cleaned_names[cell] for cell in distinct], dtype=object)
        return pd.Series(cleaned[codes], cells.index, dtype=cells.dtype)
    is_quoted = cells.str.startswith("'")
    return cells.mask(is_quoted, cells[is_quoted].map(_unescape)) if is_quoted.any() else cells


def _check_cells(
    values: pd.Series, cells: pd.Series, cell_type: str, path: Path, hint: str
) -> None:
    """End the script with one sentence if a cell holds a value that its column does not allow."""
    is_valid = _is_valid(values, cells, cell_type)
    if is_valid.all():
        return
    row = int(is_valid.argmin())
    cell = cells.iloc[row]
    where = f"{display_path(path)}, line {find_line(path, cells.index[row])}, column {cells.name}"
    if cell_type in LIMITS and DECIMAL_COMMA.fullmatch(cell.strip()):
        sys.exit(f"{where}: {cell!r} has a decimal comma: {EXPORT}, or {hint}.")
    sys.exit(f"{where}: {cell!r} is not {cell_type}: fix it or {hint}.")


def _format_blocks(frame: pd.DataFrame, columns: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the header and the rows of a CSV file, `ROWS_AT_A_TIME` at a time."""
    yield f"{','.join(columns)}\n".encode()
    for start in range(0, len(frame), ROWS_AT_A_TIME):
        block = frame.iloc[start : start + ROWS_AT_A_TIME]
        cells = [_format_column(block[column], cell_type) for column, cell_type in columns.items()]
        lines = map(",".join, zip(*cells, strict=True))
        yield ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _format_column(cells: pd.Series, cell_type: str) -> np.ndarray:
    """Return the cells of a column as CSV, as pandas does; each distinct cell is formatted once."""
    codes, distinct = pd.factorize(cells)
    if cell_type in (NAME, TEXT):
        texts = [_quote(re.sub(FORMULA, "'", cell)) for cell in distinct]
    else:
        texts = [str(value) for value in distinct.astype(object)]
    return np.array([*texts, ""], dtype=object)[codes]  # the code of a missing value is -1


def _quote(cell: str) -> str:
    needs_quotes = any(character in cell for character in ',"\r\n')
    return f'"{cell.replace(QUOTE, QUOTE * 2)}"' if needs_quotes else cell


def _unescape(cell: str) -> str:
    return re.sub(ESCAPED_FORMULA, "", cell)


def _to_floats(cells: list[str]) -> np.ndarray:
    """Return the numbers of cells, NaN for empty cells and for anything that is no number.

    float() restores exactly the number that was written, but also accepts other digits than those
    of ASCII, and underscores.
    """
    if NUMERIC_CHARACTERS.fullmatch("".join(cells)):
        try:
            return np.array([float(cell) if cell else math.nan for cell in cells], dtype=float)
        except ValueError:
            pass
    stripped = [cell.strip() for cell in cells]  # float() leaves some separators
    return np.array(
        [float(cell) if NUMBER.fullmatch(cell) else math.nan for cell in stripped], dtype=float
    )


def _is_valid(values: pd.Series, cells: pd.Series, cell_type: str) -> pd.Series:
    """Return which cells hold a value that their column allows."""
    if cell_type == NAME:
        return values != ""
    if cell_type == FLAG:
        return cells.str.strip().str.lower().isin(["true", "false"])
    if cell_type == FLAG_OR_EMPTY:
        return cells.str.strip().str.lower().isin(["true", "false", ""])
    if cell_type in LIMITS:
        is_valid = values.between(*LIMITS[cell_type])
        if cell_type in WHOLE_NUMBERS:
            is_valid &= values == values.round()
        if cell_type.endswith("empty cell"):
            mask = is_valid.to_numpy(copy=True)
            mask[~mask] = [not cell.strip() for cell in cells.to_numpy(dtype=object)[~mask]]
            is_valid = pd.Series(mask, cells.index)
        return is_valid
    return pd.Series(True, index=cells.index)


def _occur_in(rows: pd.DataFrame, source: pd.DataFrame) -> np.ndarray:
    """Return which rows occur in a source, up to the rounding of numbers by a spreadsheet."""
    numbers = [column for column in rows if pd.api.types.is_float_dtype(rows[column])]
    texts = [column for column in rows if column not in numbers]
    numbered = rows.assign(row=np.arange(len(rows)))
    pairs = numbered.merge(source.drop_duplicates(), on=texts, suffixes=("", "_of_source"))
    is_equal = np.ones(len(pairs), dtype=bool)
    for column in numbers:
        is_equal &= np.isclose(
            pairs[column], pairs[f"{column}_of_source"], rtol=ROUNDING, atol=0, equal_nan=True
        )
    occurs = np.zeros(len(rows), dtype=bool)
    occurs[pairs.row[is_equal]] = True
    return occurs


def _format_cells(row: pd.Series) -> str:
    """Return `model_name_short 'o3', accuracy 0.5` for the cells of a row."""
    return ", ".join(
        f"{column} {cell!r}" if isinstance(cell, str) else f"{column} {cell}"
        for column, cell in row.items()
    )
