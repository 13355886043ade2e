"""The CSVs between the stages: which script makes each, its columns, reading and writing.

Every stage reads and writes its tables here, so what a table must hold stands in one place.
"""

import io
import math
import sys
from pathlib import Path

import pandas as pd

import config

# What the cells of a column hold, in the words of the error message.
NAME = "a name"
TEXT = "text or an empty cell"
NUMBER = "a finite number"
NUMBER_OR_EMPTY = "a finite number or an empty cell"
FLAG = "True or False"

RATES = {
    "win_rate_mean": NUMBER_OR_EMPTY,
    "win_rate_std": NUMBER_OR_EMPTY,
    "win_rate_count": NUMBER,
    "wins_sum": NUMBER,
    "comparisons_sum": NUMBER,
    "overall_win_rate": NUMBER_OR_EMPTY,
}
MODEL = {"model_name_short": NAME}
BENCHMARK = {"benchmark_name": NAME}
SCAFFOLD = {"agent_name_short": NAME}

# Table: the script that makes it, and its columns in the order of the file.
TABLES = {
    "skipped_traces.csv": ("generate_cleaned_dataset.py", {"file": NAME, "reason": NAME}),
    "cleaned_all_metrics.csv": (
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
            "accuracy": NUMBER,
            "total_cost": NUMBER_OR_EMPTY,
            "latencies_per_task": TEXT,
            "mean_latency": NUMBER_OR_EMPTY,
        },
    ),
    "pareto_distances.csv": (
        "cost_accuracy_curve.py",
        {
            **MODEL,
            **BENCHMARK,
            "total_cost": NUMBER,
            "accuracy": NUMBER,
            "total_cost_scaled": NUMBER,
            "accuracy_scaled": NUMBER,
            "pareto_optimal": FLAG,
            "pareto_distance": NUMBER,
        },
    ),
    "benchmark_win_rates.csv": ("win_rates.py", MODEL | BENCHMARK | SCAFFOLD | RATES),
    "benchmark_win_rates_max.csv": ("win_rates.py", MODEL | BENCHMARK | RATES),
    "benchmark_win_rates_pareto.csv": ("win_rates.py", MODEL | BENCHMARK | RATES),
    "model_win_rates.csv": ("win_rates.py", MODEL | RATES),
    "model_win_rates_max.csv": ("win_rates.py", MODEL | RATES),
    "model_win_rates_pareto.csv": ("win_rates.py", MODEL | RATES),
    "model_mean_cost.csv": ("convex_hull.py", {**MODEL, "mean_cost": NUMBER}),
    "model_mean_latency.csv": ("convex_hull.py", {**MODEL, "mean_of_mean_latency": NUMBER}),
    "convex_model_latency_accuracy.csv": (
        "convex_hull.py",
        MODEL | BENCHMARK | {"mean_latency": NUMBER, "accuracy": NUMBER, "pareto_optimal": FLAG},
    ),
    **{
        f"{measure}_win_rate_{kind}.csv": (
            "convex_hull.py",
            MODEL | {column: NUMBER, "overall_win_rate": NUMBER, "pareto_optimal": FLAG},
        )
        for measure, column in (("cost", "mean_cost"), ("latency", "mean_of_mean_latency"))
        for kind in ("max", "pareto")
    },
}


def folder(path):
    """A folder of config.py as an absolute path."""
    return config.ROOT / Path(path).expanduser()


def path_of(name):
    """Path of a file in the folder of tables."""
    return folder(config.TABLES_DIR) / name


def shown(path):
    """A path for messages: from the project's folder on where it lies inside."""
    return path.relative_to(config.ROOT) if path.is_relative_to(config.ROOT) else path


def read_csv_text(path, way_out):
    """Read a CSV as text, empty cells as "", names such as NA or None as they stand.

    Ends the script with one sentence if the file cannot be read; `way_out` says what to do then.
    """
    try:
        text = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
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
    return text.fillna("")  # rows shorter than the header


def read_table(name):
    """Read one of `TABLES`, its columns checked and converted, further columns left out.

    Returns
    -------
    DataFrame
        Numbers as float64 (empty cells NaN), flags as bool, the rest as str.

    Ends the script with one sentence that names file, line and column if the file or a column is
    missing or a cell does not hold what its column must.
    """
    script, columns = TABLES[name]
    path = path_of(name)
    way_out = f"run {script}, which makes it"
    text = read_csv_text(path, way_out)
    table = {}
    for column, kind in columns.items():
        if column not in text:
            sys.exit(f"{shown(path)} has no column {column}: {way_out}.")
        table[column] = _convert(text[column], kind)
        bad = ~_holds(table[column], text[column], kind)
        if bad.any():
            row = int(bad.argmax())
            sys.exit(
                f"{shown(path)}, line {_line(text, row)}, column {column} holds "
                f"{text[column].iloc[row]!r}, expected {kind}: mend it or {way_out}."
            )
    return pd.DataFrame(table)


def write_table(frame, name):
    """Write one of `TABLES`, its columns in their order; return what to call it on the screen."""
    path = path_of(name)
    _, columns = TABLES[name]
    write_text(path, frame[list(columns)].to_csv(index=False, lineterminator="\n"))
    return f"{shown(path)} (rows: {len(frame)})"


def write_text(path, text):
    """Write a text file as UTF-8, its folder made if need be, or end with one sentence.

    Bytes of a file's name that are no UTF-8 get their codes.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        sys.exit(f"{shown(path)} cannot be written ({error.strerror}): make room and run again.")


def _convert(cells, kind):
    if kind in (NUMBER, NUMBER_OR_EMPTY):
        # float() reads back the very number that was written; read_csv's own parser may not.
        return pd.Series(map(_to_float, cells), index=cells.index, dtype=float)
    if kind == FLAG:
        return cells == "True"
    return cells


def _to_float(cell):
    try:
        return float(cell) if cell else math.nan
    except ValueError:
        return math.nan


def _holds(values, cells, kind):
    """Which cells hold what their column must, as a bool column."""
    if kind == NAME:
        return cells.str.strip() != ""
    if kind == FLAG:
        return cells.isin(["True", "False"])
    if kind in (NUMBER, NUMBER_OR_EMPTY):
        finite = values.abs() < math.inf
        return finite | (cells == "") if kind == NUMBER_OR_EMPTY else finite
    return pd.Series(True, index=cells.index)


def _line(text, row):
    """Line of the file in which a row starts; cells may hold line breaks of their own."""
    return row + 2 + sum(cell.count("\n") for cell in text.iloc[:row].to_numpy().ravel())


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
if isinstance(sys.stdout, io.TextIOWrapper):
    # A screen or file that cannot show a letter gets its code; a name must not end the run.
    sys.stdout.reconfigure(errors="backslashreplace")
