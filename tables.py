"""The CSVs between the stages: which script makes each, its columns, reading and writing.

Every stage reads and writes its tables here, so what a table must hold stands in one place.
"""

import math
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import config
import names
from files import path_of, shown, write_file

# What the cells of a column hold, in the words of the error message.
NAME = "a name"
TEXT = "text or an empty cell"
FLAG = "True or False"
FRACTION = "a number from 0 to 1"
AMOUNT = "a number from 0 to 1e12"
FRACTION_OR_EMPTY = f"{FRACTION}, or an empty cell"
AMOUNT_OR_EMPTY = f"{AMOUNT}, or an empty cell"
DIFFERENCE_OR_EMPTY = "a number from -1 to 1, or an empty cell"
LIMITS = {
    FRACTION: (0, 1),
    FRACTION_OR_EMPTY: (0, 1),
    AMOUNT: (0, 1e12),
    AMOUNT_OR_EMPTY: (0, 1e12),
    DIFFERENCE_OR_EMPTY: (-1, 1),
}

# A cell that a spreadsheet would take for a formula gets an apostrophe in front, and loses it when
# it is read; one that looks like such a cell already gets one more.
FORMULA = r"^(?='*[=+\-@＝＋－＠])"
ESCAPED_FORMULA = r"^'(?='*[=+\-@＝＋－＠])"

RATES = {
    "win_rate_mean": FRACTION_OR_EMPTY,
    "win_rate_std": FRACTION_OR_EMPTY,
    "win_rate_count": AMOUNT,
    "wins_sum": AMOUNT,
    "comparisons_sum": AMOUNT,
    "overall_win_rate": FRACTION_OR_EMPTY,
}
INTERVAL = {"win_rate_ci_low": FRACTION_OR_EMPTY, "win_rate_ci_high": FRACTION_OR_EMPTY}
TIES = {"ties_sum": AMOUNT}
RANKS = {
    "rank": AMOUNT_OR_EMPTY,
    "rank_low": AMOUNT_OR_EMPTY,
    "rank_high": AMOUNT_OR_EMPTY,
    "benchmarks": AMOUNT,
}
MODEL = {"model_name_short": NAME}
BENCHMARK = {"benchmark_name": NAME}
SCAFFOLD = {"agent_name_short": NAME}


class Table(NamedTuple):
    """What a table holds."""

    made_by: str  # the script
    columns: dict  # in the order of the file, with what their cells hold
    key: tuple = ()  # the columns that no two rows share
    # A row stands for each key among the runs that state all of these columns; None if not for all.
    stated: tuple | None = None


DATASET = "cleaned_all_metrics.csv"
TABLES = {
    "skipped_traces.csv": Table("generate_cleaned_dataset.py", {"file": NAME, "reason": NAME}),
    DATASET: Table(
        "generate_cleaned_dataset.py",
        {
            "agent_name": TEXT,
            **BENCHMARK,
            "date": TEXT,
            "run_id": TEXT,
            "agent_args": TEXT,
            "run_command": TEXT,
            **SCAFFOLD,
            **MODEL,
            "accuracy": FRACTION,
            "total_cost": AMOUNT_OR_EMPTY,
            "latencies_per_task": TEXT,
            "mean_latency": AMOUNT_OR_EMPTY,
        },
    ),
    "pareto_distances.csv": Table(
        "cost_accuracy_curve.py",
        {
            **MODEL,
            **BENCHMARK,
            "total_cost": AMOUNT,
            "accuracy": FRACTION,
            "total_cost_scaled": FRACTION,
            "accuracy_scaled": FRACTION,
            "pareto_optimal": FLAG,
            "pareto_distance": AMOUNT,
        },
        key=(*MODEL, *BENCHMARK),
        stated=("total_cost",),
    ),
    "benchmark_win_rates.csv": Table(
        "win_rates.py",
        MODEL | BENCHMARK | SCAFFOLD | RATES | TIES,
        key=(*MODEL, *BENCHMARK, *SCAFFOLD),
        stated=(),
    ),
    **{
        f"{of}_win_rates{suffix}.csv": Table(
            "win_rates.py", keys | RATES | more, key=tuple(keys), stated=stated
        )
        for of, suffix, keys, more, stated in (
            ("benchmark", "_max", MODEL | BENCHMARK, TIES, ()),
            ("benchmark", "_pareto", MODEL | BENCHMARK, TIES, ("total_cost",)),
            ("model", "", MODEL, INTERVAL | RANKS | TIES, ()),
            ("model", "_max", MODEL, INTERVAL | RANKS | TIES, ()),
            ("model", "_pareto", MODEL, INTERVAL | RANKS | TIES, ("total_cost",)),
        )
    },
    "model_rank_separation.csv": Table(
        "win_rates.py",
        {
            "compared_by": NAME,
            "rank": AMOUNT,
            **MODEL,
            "next_model": NAME,
            "overall_win_rate": FRACTION,
            "next_win_rate": FRACTION,
            "common_benchmarks": AMOUNT,
            "difference": DIFFERENCE_OR_EMPTY,
            "difference_ci_low": DIFFERENCE_OR_EMPTY,
            "difference_ci_high": DIFFERENCE_OR_EMPTY,
            "separated": FLAG,
        },
        key=("compared_by", *MODEL),
    ),
    "model_mean_cost.csv": Table(
        "convex_hull.py", {**MODEL, "mean_cost": AMOUNT}, key=(*MODEL,), stated=("total_cost",)
    ),
    "model_mean_latency.csv": Table(
        "convex_hull.py",
        {**MODEL, "mean_of_mean_latency": AMOUNT},
        key=(*MODEL,),
        stated=("mean_latency",),
    ),
    "convex_model_latency_accuracy.csv": Table(
        "convex_hull.py",
        MODEL | BENCHMARK | {"mean_latency": AMOUNT, "accuracy": FRACTION, "pareto_optimal": FLAG},
        key=(*MODEL, *BENCHMARK),
        stated=("mean_latency",),
    ),
    **{
        f"{measure}_win_rate_{kind}.csv": Table(
            "convex_hull.py",
            MODEL
            | {column: AMOUNT, "overall_win_rate": FRACTION, "pareto_optimal": FLAG}
            | INTERVAL,
            key=(*MODEL,),
        )
        for measure, column in (("cost", "mean_cost"), ("latency", "mean_of_mean_latency"))
        for kind in ("max", "pareto")
    },
}


def read_csv_text(path, way_out):
    """Read a CSV as text, empty cells as "", names such as NA or None as they stand.

    Blank lines are left out; the index counts them, 0 for the line below the header.

    Ends the script with one sentence if the file cannot be read; `way_out` says what to do then.
    """
    try:
        text = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False
        )
    except FileNotFoundError:
        sys.exit(f"{shown(path)} is missing: {way_out}.")
    except pd.errors.EmptyDataError:
        sys.exit(f"{shown(path)} is empty: {way_out}.")
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        sys.exit(f"{shown(path)} is no readable CSV ({str(error).strip()}): {way_out}.")
    except OSError as error:
        sys.exit(f"{shown(path)} cannot be read ({error.strerror}): {way_out}.")
    if not isinstance(text.index, pd.RangeIndex):
        # read_csv takes surplus cells in front for an index and would shift every column.
        sys.exit(f"{shown(path)} is no readable CSV (rows longer than the header): {way_out}.")
    text = text.fillna("")  # rows shorter than the header
    return text[(text != "").any(axis=1)]


def check_columns(text, columns, path, way_out):
    """End the script with one sentence if a CSV has not all of these columns."""
    for column in columns:
        if column not in text:
            found = ", ".join(text.columns)
            sys.exit(f"{shown(path)} has no column {column} but {found[:80]!r}: {way_out}.")


def read_table(name, source=None, source_name=DATASET):
    """Read one of `TABLES`, its columns checked and converted, further columns left out.

    Parameters
    ----------
    name : str
    source, source_name : DataFrame and str, optional
        The dataset, or another table, if this one must be made of it.

    Returns
    -------
    DataFrame
        Numbers as float64 (empty cells NaN), flags as bool, the rest as str, names in the spelling
        of `names.clean_text`.

    Ends the script with one sentence that names file, line and column if the file or a column is
    missing, a cell does not hold what its column must, a key stands there twice, the dataset has no
    runs, or the table does not go with its source.
    """
    spec, path = TABLES[name], path_of(name)
    way_out = f"run {spec.made_by}, which makes it"
    text = read_csv_text(path, way_out)
    check_columns(text, spec.columns, path, way_out)
    table = {}
    for column, kind in spec.columns.items():
        table[column] = _convert(text[column], kind)
        bad = ~_holds(table[column], text[column], kind)
        if bad.any():
            row = int(bad.argmax())
            sys.exit(
                f"{shown(path)}, line {_line(text, row)}, column {column} holds "
                f"{text[column].iloc[row]!r}, expected {kind}: mend it or {way_out}."
            )
    table = pd.DataFrame(table).reset_index(drop=True)
    if name == DATASET and table.empty:
        sys.exit(f"{shown(path)} holds no runs: {way_out}.")
    doubled = table.duplicated([*spec.key]) if spec.key else pd.Series(False, table.index)
    if doubled.any():
        row = int(doubled.argmax())
        sys.exit(
            f"{shown(path)}, line {_line(text, row)}, {_named(table[[*spec.key]].iloc[row])} "
            f"stands there a second time: mend it or {way_out}."
        )
    if source is not None:
        _check_made_of(source, source_name, table, text, name)
    return table


def common_benchmarks(runs):
    """The benchmarks in which every model of the runs ran, as a sorted list."""
    models = runs.groupby("benchmark_name").model_name_short.nunique()
    return models.index[models == runs.model_name_short.nunique()].tolist()


def compared_runs(runs):
    """The runs that the win rates are of: all, or those of the benchmarks that all models share.

    Stage 4 decides, `data/benchmark_win_rates_max.csv` shows it.
    """
    of = read_table("benchmark_win_rates_max.csv").benchmark_name
    shared = common_benchmarks(runs)
    return runs[runs.benchmark_name.isin(shared)] if set(of) == set(shared) else runs


def write_table(frame, name):
    """Write one of `TABLES`, its columns in their order; return what to call it on the screen."""
    path, columns = path_of(name), TABLES[name].columns
    texts = [column for column, kind in columns.items() if kind in (NAME, TEXT)]
    cells = {
        column: frame[column].astype(object).str.replace(FORMULA, "'", regex=True)
        for column in (texts if len(frame) else ())
    }
    text = frame[list(columns)].assign(**cells).to_csv(index=False, lineterminator="\n")
    write_file(path, text.encode("utf-8", "backslashreplace"))
    return f"{shown(path)} (rows: {len(frame)})"


def _convert(cells, kind):
    if kind in LIMITS:
        # float() reads back the very number that was written; read_csv's own parser may not.
        return pd.Series(map(_to_float, cells), index=cells.index, dtype=float)
    if kind == FLAG:
        return cells == "True"
    if kind == NAME:
        clean = {cell: names.clean_text(_unescaped(cell)) for cell in cells.unique()}
        return cells.map(clean)
    quoted = cells.str.startswith("'")
    return cells.mask(quoted, cells[quoted].map(_unescaped)) if quoted.any() else cells


def _unescaped(cell):
    return re.sub(ESCAPED_FORMULA, "", cell)


def _to_float(cell):
    try:
        return float(cell) if cell else math.nan
    except ValueError:
        return math.nan


def _holds(values, cells, kind):
    """Which cells hold what their column must, as a bool column."""
    if kind == NAME:
        return values != ""
    if kind == FLAG:
        return cells.isin(["True", "False"])
    if kind in LIMITS:
        may_be_empty = kind.endswith("empty cell")
        return values.between(*LIMITS[kind]) | ((cells == "") & may_be_empty)
    return pd.Series(True, index=cells.index)


def _check_made_of(source, source_name, table, text, name):
    """End the script if a table holds what its source does not, or lacks what the dataset has."""
    spec = TABLES[name]
    path, source_path = shown(path_of(name)), shown(path_of(source_name))
    way_out = f"run {spec.made_by} again, which makes it"
    common = [column for column in spec.columns if column in source]
    strange = ~_keys(table, common).isin(_keys(source, common))
    if strange.any():
        row = int(strange.argmax())
        sys.exit(
            f"{path}, line {_line(text, row)}, {_named(table[common].iloc[row])} is in no line of "
            f"{source_path}: {way_out}."
        )
    if source_name != DATASET or spec.stated is None:
        return
    key = [*spec.key]
    expected = source.dropna(subset=[*spec.stated])[key]
    lacking = expected[~_keys(expected, key).isin(_keys(table, key))]
    if len(lacking):
        sys.exit(f"{path} lacks {_named(lacking.iloc[0])}, which {source_path} has: {way_out}.")


def _keys(rows, columns):
    """The cells of some columns of each row as one value, None for NaN."""
    cells = rows[columns].astype(object)
    cells = cells.where(cells.notna(), None)
    return pd.Index(cells.itertuples(index=False, name=None), tupleize_cols=False)


def _named(row):
    """`model_name_short 'o3', accuracy 0.5` for cells of a row."""
    return ", ".join(
        f"{column} {cell!r}" if isinstance(cell, str) else f"{column} {cell}"
        for column, cell in row.items()
    )


def _line(text, row):
    """Line of the file in which a row starts; cells may hold line breaks of their own."""
    return (
        text.index[row] + 2 + sum(cell.count("\n") for cell in text.iloc[:row].to_numpy().ravel())
    )


def _check_config():
    """End the script with one sentence if config.py holds what no stage can use."""
    a_list_of_names = (list, tuple), "a list of names in [ ]"
    a_map = dict, "a map of names in { }"
    a_folder = (str, Path), "the path of a folder in quotation marks"
    kinds = {
        "DATA_DIR": a_folder,
        "TABLES_DIR": a_folder,
        "FIGURES_DIR": a_folder,
        "MODEL_NAME_MAP": a_map,
        "PROVIDER_PREFIXES": a_list_of_names,
        "AGENT_NAME_MAP": a_map,
        "AGENT_NAME_SHORT_MAP": a_map,
        "SHEET_BENCHMARK_MAP": a_map,
        "SHEET_AGENT_MAP": a_map,
        "SHEET_MODEL_MAP": a_map,
        "EXCLUDED_MODELS": a_list_of_names,
        "EXCLUDED_AGENTS": a_list_of_names,
        "GENERALIST_AGENTS": a_list_of_names,
        "TIE_CREDIT": ((int, float), "a number from 0 to 1"),
    }
    for name, (types, words) in kinds.items():
        value = getattr(config, name, None)
        names = [*value.items()] if isinstance(value, dict) else value
        if (
            not isinstance(value, types)
            or (isinstance(names, list | tuple) and not _all_text(names))
            or (types is a_folder[0] and not str(value))
            or (name == "TIE_CREDIT" and not 0 <= value <= 1)
        ):
            sys.exit(f"config.py: {name} is {value!r}, expected {words}.")


def _all_text(names):
    return all(
        _all_text(name) if isinstance(name, tuple) else isinstance(name, str) for name in names
    )


_check_config()
