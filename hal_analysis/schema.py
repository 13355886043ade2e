"""The CSV files between the stages: which script writes each, and what its columns hold."""

from dataclasses import dataclass

# Types of cells, as worded in error messages.
NAME = "a name"
TEXT = "text or an empty cell"
FLAG = "True or False"
FLAG_OR_EMPTY = f"{FLAG}, or an empty cell"
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

MODEL = {"model_name_short": NAME}
BENCHMARK = {"benchmark_name": NAME}
SCAFFOLD = {"agent_name_short": NAME}
RATES = {
    "win_rate_mean": FRACTION_OR_EMPTY,
    "win_rate_std": FRACTION_OR_EMPTY,
    "win_rate_count": AMOUNT,
    "wins_sum": AMOUNT,
    "comparisons_sum": AMOUNT,
    "overall_win_rate": FRACTION_OR_EMPTY,
}
INTERVAL = {"win_rate_ci_low": FRACTION_OR_EMPTY, "win_rate_ci_high": FRACTION_OR_EMPTY}
RANKS = {
    "rank": AMOUNT_OR_EMPTY,
    "rank_low": AMOUNT_OR_EMPTY,
    "rank_high": AMOUNT_OR_EMPTY,
    "benchmarks": AMOUNT,
}
TIES = {"ties_sum": AMOUNT}
DECIDED = dict.fromkeys(("wins_decided", "losses_decided", "undecided", "untested"), AMOUNT)
MEAN_COST = {"mean_cost": AMOUNT}
MEAN_LATENCY = {"mean_of_mean_latency": AMOUNT}
FRONTIER = {"overall_win_rate": FRACTION, "pareto_optimal": FLAG}
EFFICIENT = {"pareto_efficient": FLAG}

BY_MODEL = ("model_name_short",)
BY_MODEL_AND_BENCHMARK = ("model_name_short", "benchmark_name")
BY_SCAFFOLD = ("model_name_short", "benchmark_name", "agent_name_short")


@dataclass(frozen=True)
class Table:
    """The content of a table.

    Attributes
    ----------
    script : str
        The stage that writes it.
    columns : dict of str to str
        The type of the cells of each column, in the order of the file.
    key : tuple of str
        Columns whose values are unique for each row.
    required_columns : tuple of str or None
        The table has a row for every key of the dataset whose run has a value in all of these
        columns. None if it need not have a row for every key.
    """

    script: str
    columns: dict[str, str]
    key: tuple[str, ...] = ()
    required_columns: tuple[str, ...] | None = None


DATASET = "cleaned_all_metrics.csv"

TABLES = {
    "cleaned_all_metrics.csv": Table(
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
            "tasks": AMOUNT_OR_EMPTY,
            "accuracy_ci_low": FRACTION_OR_EMPTY,
            "accuracy_ci_high": FRACTION_OR_EMPTY,
            "prompt_tokens": AMOUNT_OR_EMPTY,
            "completion_tokens": AMOUNT_OR_EMPTY,
        },
    ),
    "task_results.csv": Table(
        "generate_cleaned_dataset.py",
        BENCHMARK | SCAFFOLD | MODEL | {"run_id": TEXT, "task_id": NAME, "score": FRACTION},
    ),
    "skipped_traces.csv": Table("generate_cleaned_dataset.py", {"file": NAME, "reason": NAME}),
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
            **SCAFFOLD,
            "runs": AMOUNT,
            **EFFICIENT,
        },
        BY_MODEL_AND_BENCHMARK,
        ("total_cost",),
    ),
    "benchmark_win_rates.csv": Table(
        "win_rates.py", MODEL | BENCHMARK | SCAFFOLD | RATES | TIES | DECIDED, BY_SCAFFOLD, ()
    ),
    "benchmark_win_rates_max.csv": Table(
        "win_rates.py",
        MODEL | BENCHMARK | RATES | TIES | DECIDED | SCAFFOLD | {"runs": AMOUNT},
        BY_MODEL_AND_BENCHMARK,
        (),
    ),
    "benchmark_win_rates_pareto.csv": Table(
        "win_rates.py", MODEL | BENCHMARK | RATES | TIES, BY_MODEL_AND_BENCHMARK, ("total_cost",)
    ),
    "model_win_rates.csv": Table(
        "win_rates.py", MODEL | RATES | INTERVAL | RANKS | TIES | DECIDED, BY_MODEL, ()
    ),
    "model_win_rates_max.csv": Table(
        "win_rates.py", MODEL | RATES | INTERVAL | RANKS | TIES | DECIDED, BY_MODEL, ()
    ),
    "model_win_rates_pareto.csv": Table(
        "win_rates.py", MODEL | RATES | INTERVAL | RANKS | TIES, BY_MODEL, ("total_cost",)
    ),
    "model_rank_separation.csv": Table(
        "win_rates.py",
        {
            "compared_by": NAME,
            "rank": AMOUNT_OR_EMPTY,
            **MODEL,
            "next_model": NAME,
            "overall_win_rate": FRACTION,
            "next_win_rate": FRACTION,
            "common_benchmarks": AMOUNT,
            "difference": DIFFERENCE_OR_EMPTY,
            "difference_ci_low": DIFFERENCE_OR_EMPTY,
            "difference_ci_high": DIFFERENCE_OR_EMPTY,
            "separated": FLAG_OR_EMPTY,
        },
        ("compared_by", "model_name_short"),
    ),
    "model_pairs.csv": Table(
        "win_rates.py",
        {
            "compared_by": NAME,
            **MODEL,
            "other_model_name_short": NAME,
            "common_benchmarks": AMOUNT,
            "difference": DIFFERENCE_OR_EMPTY,
            "difference_ci_low": DIFFERENCE_OR_EMPTY,
            "difference_ci_high": DIFFERENCE_OR_EMPTY,
            "p": FRACTION_OR_EMPTY,
            "p_holm": FRACTION_OR_EMPTY,
            "separated": FLAG_OR_EMPTY,
        },
        ("compared_by", "model_name_short", "other_model_name_short"),
    ),
    "task_pairs.csv": Table(
        "win_rates.py",
        {
            **BENCHMARK,
            "compared_by": NAME,
            **MODEL,
            **SCAFFOLD,
            "other_model_name_short": NAME,
            "other_agent_name_short": NAME,
            "common_tasks": AMOUNT,
            "only_first": AMOUNT,
            "only_second": AMOUNT,
            "difference": DIFFERENCE_OR_EMPTY,
            "difference_ci_low": DIFFERENCE_OR_EMPTY,
            "difference_ci_high": DIFFERENCE_OR_EMPTY,
            "p": FRACTION_OR_EMPTY,
            "p_holm": FRACTION_OR_EMPTY,
            "decided": FLAG,
            "more_tasks": AMOUNT_OR_EMPTY,
        },
        (
            "benchmark_name",
            "compared_by",
            "model_name_short",
            "agent_name_short",
            "other_model_name_short",
            "other_agent_name_short",
        ),
    ),
    "task_difficulty.csv": Table(
        "win_rates.py",
        BENCHMARK | {"task_id": NAME, "configurations": AMOUNT, "solved_share": FRACTION},
        ("benchmark_name", "task_id"),
    ),
    "model_mean_cost.csv": Table("convex_hull.py", MODEL | MEAN_COST, BY_MODEL, ("total_cost",)),
    "model_mean_latency.csv": Table(
        "convex_hull.py", MODEL | MEAN_LATENCY, BY_MODEL, ("mean_latency",)
    ),
    "convex_model_latency_accuracy.csv": Table(
        "convex_hull.py",
        MODEL
        | BENCHMARK
        | {"mean_latency": AMOUNT, "accuracy": FRACTION, "pareto_optimal": FLAG}
        | SCAFFOLD
        | {"runs": AMOUNT}
        | EFFICIENT,
        BY_MODEL_AND_BENCHMARK,
        ("mean_latency",),
    ),
    "cost_win_rate_max.csv": Table(
        "convex_hull.py", MODEL | MEAN_COST | FRONTIER | INTERVAL | EFFICIENT, BY_MODEL
    ),
    "cost_win_rate_pareto.csv": Table(
        "convex_hull.py", MODEL | MEAN_COST | FRONTIER | INTERVAL | EFFICIENT, BY_MODEL
    ),
    "latency_win_rate_max.csv": Table(
        "convex_hull.py", MODEL | MEAN_LATENCY | FRONTIER | INTERVAL | EFFICIENT, BY_MODEL
    ),
    "latency_win_rate_pareto.csv": Table(
        "convex_hull.py", MODEL | MEAN_LATENCY | FRONTIER | INTERVAL | EFFICIENT, BY_MODEL
    ),
}
