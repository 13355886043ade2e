"""The content of the report: the tables of all stages as one object for the page's script."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import config
from hal_analysis import tables
from hal_analysis.manifest import has_manifest
from hal_analysis.paths import display_path, table_path
from hal_analysis.plots.display_names import shorten_names
from hal_analysis.plots.providers import PROVIDER_STYLES, provider_of
from hal_analysis.printing import printable
from hal_analysis.schema import TABLES

CHECK_REPORT = "missing_rows_analysis.txt"
MAX_TABLE_MEGABYTES = 30  # a larger table would make the page slow

DATE = re.compile(r"\d{4}-\d\d-\d\d")

# The columns of each table that the page shows. A column that a table does not have is left out.
CELL = ["model_name_short", "benchmark_name"]
RUN = [*CELL, "agent_name_short"]
INTERVAL = ["win_rate_ci_low", "win_rate_ci_high"]
DECIDED = ["wins_decided", "losses_decided", "undecided", "untested"]
RATE = ["model_name_short", "overall_win_rate", *INTERVAL, *DECIDED]
RANK = ["rank", "rank_low", "rank_high", "benchmarks"]
TOKENS = ["prompt_tokens", "completion_tokens"]
RUN_COLUMNS = [
    *("run_id", "date", *RUN, "accuracy", "accuracy_ci_low", "accuracy_ci_high", "tasks"),
    *("total_cost", "mean_latency", *TOKENS),
]
BENCHMARK_RATES = {
    "scaffold": "benchmark_win_rates.csv",
    "max": "benchmark_win_rates_max.csv",
    "pareto": "benchmark_win_rates_pareto.csv",
}
FRONTIERS = {
    "cost": ("pareto_distances.csv", "total_cost"),
    "latency": ("convex_model_latency_accuracy.csv", "mean_latency"),
}
WIN_RATE_FRONTIERS = {
    "cost_max": ("cost_win_rate_max.csv", "mean_cost", "model_win_rates_max.csv"),
    "cost_pareto": ("cost_win_rate_pareto.csv", "mean_cost", "model_win_rates_pareto.csv"),
    "latency_max": ("latency_win_rate_max.csv", "mean_of_mean_latency", "model_win_rates_max.csv"),
    "latency_pareto": (
        "latency_win_rate_pareto.csv",
        "mean_of_mean_latency",
        "model_win_rates_pareto.csv",
    ),
}
DIFFERENCE = ["difference", "difference_ci_low", "difference_ci_high", "p", "p_holm"]
MODEL_PAIRS = [
    *("compared_by", "model_name_short", "other_model_name_short", "common_benchmarks"),
    *(*DIFFERENCE, "separated"),
]
TASK_PAIRS = [
    *("benchmark_name", "compared_by", "model_name_short", "agent_name_short"),
    *("other_model_name_short", "other_agent_name_short"),
    *("common_tasks", "only_first", "only_second", *DIFFERENCE, "decided", "more_tasks"),
]
TASK_RESULTS = [
    *("benchmark_name", "agent_name_short", "model_name_short", "run_id", "task_id", "score")
]
DIFFICULTY = ["benchmark_name", "task_id", "configurations", "solved_share"]


def collect_data() -> dict[str, object]:
    """Return everything that the page shows, as values that JSON can hold.

    Characters that cannot be printed are escaped, as on the screen.

    Raises
    ------
    SystemExit
        With one sentence, if a table is invalid or was not made from the dataset.
    """
    runs = tables.read_runs(RUN_COLUMNS)
    ranking = rank_models(runs)
    models = ranking.model_name_short.tolist()
    messages: dict[str, str] = {}
    pages = {
        "model_pairs": read_optional("model_pairs.csv", MODEL_PAIRS, messages, runs),
        "task_pairs": read_optional("task_pairs.csv", TASK_PAIRS, messages, runs),
        "skipped": read_optional("skipped_traces.csv", ["file", "reason"], messages),
    }
    data = {
        "newest_run": max(filter(DATE.fullmatch, runs.date), default=None),
        "models": describe_models(models),
        "benchmarks": order_benchmarks(runs),
        "scaffolds": sorted(set(runs.agent_name_short)),
        "providers": {name: list(style) for name, style in PROVIDER_STYLES.items()},
        "settings": describe_settings(runs),
        "tables": {
            "ranking": encode_table(ranking),
            "runs": encode_table(runs),
            **{name: encode_table(table) for name, table in pages.items()},
        },
        "rates": {
            name: encode_table(read_columns(table, [*RUN, "overall_win_rate"]))
            for name, table in BENCHMARK_RATES.items()
        },
        "frontiers": {
            name: encode_table(read_frontier(table, column, [*RUN, "accuracy", "runs"]))
            for name, (table, column) in FRONTIERS.items()
        }
        | {
            name: encode_table(read_win_rate_frontier(*names))
            for name, names in WIN_RATE_FRONTIERS.items()
        },
        "tasks": collect_tasks(runs, messages),
        "check": read_check_report(),
        "messages": messages,
    }
    return escape_texts(data)


def read_columns(name: str, columns: Iterable[str]) -> pd.DataFrame:
    """Read those of some columns that the schema has for a table."""
    return tables.read_table(name, [each for each in columns if each in TABLES[name].columns])


def read_optional(
    name: str, columns: list[str], messages: dict[str, str], runs: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Read a table that need not exist; else return an empty frame and add a message.

    A table that a stage has written must exist, as all others.
    """
    path = table_path(name)
    if name not in TABLES or not (path.exists() or has_manifest(TABLES[name].script)):
        messages[name] = f"{name} does not exist."
    elif path.exists() and path.stat().st_size > MAX_TABLE_MEGABYTES * 1e6:
        messages[name] = f"{display_path(path)} is too large for this page; open the file instead."
    else:
        return tables.read_table(name, [c for c in columns if c in TABLES[name].columns], runs)
    return pd.DataFrame(columns=columns)


def read_frontier(name: str, column: str, columns: list[str]) -> pd.DataFrame:
    """Read the points of a frontier; their cost or latency becomes the column `amount`."""
    table = read_columns(name, [*columns, column, "pareto_optimal", "pareto_efficient"])
    return table.rename(columns={column: "amount"})


def read_win_rate_frontier(name: str, column: str, rates: str) -> pd.DataFrame:
    """Read a frontier of win rates, with the number of benchmarks of each model."""
    n_benchmarks = read_columns(rates, ["model_name_short", "benchmarks"])
    frontier = read_frontier(name, column, RATE[:4])
    return frontier.merge(n_benchmarks, how="left", on="model_name_short")


def rank_models(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each model: ranked models first, by their win rate by best accuracy."""
    ranking = read_columns("model_win_rates_max.csv", [*RATE, *RANK])
    distance = read_columns("model_win_rates_pareto.csv", RATE[:4])
    names = {column: f"{column}_distance" for column in RATE[1:4]}
    further = [
        distance.rename(columns=names),
        tables.read_table("model_mean_cost.csv"),
        tables.read_table("model_mean_latency.csv"),
        mean_tokens(tables.select_compared_runs(runs)),
    ]
    for table in further:
        ranking = ranking.merge(table, how="left", on="model_name_short")
    return ranking.assign(
        provider=ranking.model_name_short.map(provider_of),
        is_ranked=ranking.overall_win_rate.notna() & (ranking.benchmarks >= config.MIN_BENCHMARKS),
    ).sort_values(
        ["is_ranked", "overall_win_rate", "model_name_short"],
        ascending=[False, False, True],
        ignore_index=True,
    )


def mean_tokens(runs: pd.DataFrame) -> pd.DataFrame:
    """Average the tokens of runs per model and benchmark, then over benchmarks."""
    per_benchmark = runs.groupby(CELL)[TOKENS].mean()
    return per_benchmark.groupby("model_name_short").mean().reset_index()


def describe_models(models: list[str]) -> list[dict[str, str]]:
    """Return name, short label and provider of each model."""
    labels = shorten_names(models)
    return [{"name": name, "label": labels[name], "provider": provider_of(name)} for name in models]


def order_benchmarks(runs: pd.DataFrame) -> list[str]:
    """Return the benchmarks with the most models first, then by name."""
    n_models = runs.groupby("benchmark_name").model_name_short.nunique().sort_index()
    return n_models.sort_values(ascending=False, kind="stable").index.tolist()


def describe_settings(runs: pd.DataFrame) -> dict[str, object]:
    """Return the settings that the page states or follows."""
    compared = tables.select_compared_runs(runs)
    return {
        "tie_credit": config.TIE_CREDIT,
        "compared_benchmarks": int(compared.benchmark_name.nunique()),
        "average_repeats": config.AVERAGE_REPEATS,
        "zero_cost_is_unknown": config.ZERO_COST_IS_UNKNOWN,
        "min_benchmarks": config.MIN_BENCHMARKS,
    }


def collect_tasks(runs: pd.DataFrame, messages: dict[str, str]) -> dict[str, dict[str, object]]:
    """Return the tasks of each benchmark and the score of each configuration on each task.

    Repeats of a task are averaged.

    Returns
    -------
    dict of str to dict
        For each benchmark `tasks`, a list of n identifiers, the easiest first, `solved_share` and
        `configurations`, lists of n numbers, and `rows`, one for each configuration with `model`,
        `scaffold` and `scores`, a list of n fractions with None for tasks without a result.
    """
    results = read_optional("task_results.csv", TASK_RESULTS, messages, runs)
    compared = tables.select_compared_runs(runs).benchmark_name
    results = results[results.benchmark_name.isin(compared)]
    difficulty = read_optional("task_difficulty.csv", DIFFICULTY, messages)
    difficulty = difficulty.sort_values(["solved_share", "task_id"], ascending=[False, True])
    tasks: dict[str, dict[str, object]] = {}
    for benchmark, rows in results.groupby("benchmark_name"):
        scores = rows.pivot_table(
            "score", ["model_name_short", "agent_name_short"], "task_id", aggfunc="mean"
        )
        described = difficulty[difficulty.benchmark_name == benchmark].set_index("task_id")
        described = described.reindex(described.index.union(scores.columns, sort=False))
        grid = scores.reindex(columns=described.index).to_numpy()
        tasks[str(benchmark)] = {
            "tasks": described.index.tolist(),
            "solved_share": encode_numbers(described.solved_share),
            "configurations": encode_numbers(described.configurations),
            "rows": [
                {"model": model, "scaffold": scaffold, "scores": encode_numbers(row)}
                for (model, scaffold), row in zip(scores.index, grid, strict=True)
            ],
        }
    return tasks


def read_check_report() -> list[dict[str, object]]:
    """Return the blocks of the report of stage 2, each with its heading and its lines."""
    path = table_path(CHECK_REPORT)
    if not path.exists():
        return []
    blocks = path.read_text(encoding="utf-8", errors="replace").strip().split("\n\n")
    lines = [block.splitlines() for block in blocks if block.strip()]
    return [{"title": title, "items": [item.strip() for item in items]} for title, *items in lines]


def encode_table(table: pd.DataFrame) -> dict[str, object]:
    """Return a frame as a dict of columns; texts that repeat are stored once.

    Returns
    -------
    dict of str to list or dict
        A list of numbers, flags and None; or, for text, a dict with the distinct `values` and,
        for each row, the position of its value in `codes`.
    """
    columns: dict[str, object] = {}
    for name, column in table.items():
        if pd.api.types.is_bool_dtype(column):
            columns[str(name)] = [None if pd.isna(flag) else bool(flag) for flag in column]
        elif pd.api.types.is_numeric_dtype(column):
            columns[str(name)] = encode_numbers(column.to_numpy(float, na_value=np.nan))
        else:
            codes, values = pd.factorize(column)
            columns[str(name)] = {"values": values.tolist(), "codes": codes.tolist()}
    return columns


def escape_texts(data: Any) -> Any:
    """Return data with `printable` texts, also in lists and dicts."""
    if isinstance(data, str):
        return printable(data)
    if isinstance(data, list):
        return [escape_texts(each) for each in data]
    if isinstance(data, dict):
        return {printable(key): escape_texts(value) for key, value in data.items()}
    return data


def encode_numbers(numbers: npt.ArrayLike) -> list[float | int | None]:
    """Return numbers with None for NaN, and integers without a decimal point."""
    return [
        None if number != number else int(number) if number.is_integer() else number
        for number in np.asarray(numbers, dtype=float).tolist()
    ]
