"""The CSV files between the stages: which script writes each, and what its columns hold."""

from dataclasses import dataclass

from hal_analysis.table_rules import (
    Rule,
    adds_up,
    all_pairs,
    chain,
    equal,
    frontier,
    mean_of_list,
    not_above,
    unique_run,
    win_rate,
    zero_distance,
)

# Types of cells, as worded in error messages.
NAME = "a name"
TEXT = "text or an empty cell"
FLAG = "True or False"
FLAG_OR_EMPTY = f"{FLAG}, or an empty cell"
FRACTION = "a number from 0 to 1"
AMOUNT = "a number from 0 to 1e12"
COUNT = "a whole number from 0 to 1e12"
POSITIVE_COUNT = "a whole number from 1 to 1e12"
FRACTION_OR_EMPTY = f"{FRACTION}, or an empty cell"
AMOUNT_OR_EMPTY = f"{AMOUNT}, or an empty cell"
POSITIVE_COUNT_OR_EMPTY = f"{POSITIVE_COUNT}, or an empty cell"
DIFFERENCE_OR_EMPTY = "a number from -1 to 1, or an empty cell"
LIMITS = {
    FRACTION: (0, 1),
    FRACTION_OR_EMPTY: (0, 1),
    AMOUNT: (0, 1e12),
    AMOUNT_OR_EMPTY: (0, 1e12),
    COUNT: (0, 1e12),
    POSITIVE_COUNT: (1, 1e12),
    POSITIVE_COUNT_OR_EMPTY: (1, 1e12),
    DIFFERENCE_OR_EMPTY: (-1, 1),
}
WHOLE_NUMBERS = (COUNT, POSITIVE_COUNT, POSITIVE_COUNT_OR_EMPTY)

MODEL = {"model_name_short": NAME}
BENCHMARK = {"benchmark_name": NAME}
SCAFFOLD = {"agent_name_short": NAME}
RATES = {
    "win_rate_mean": FRACTION_OR_EMPTY,
    "win_rate_std": FRACTION_OR_EMPTY,
    "win_rate_count": COUNT,
    "wins_sum": AMOUNT,
    "comparisons_sum": COUNT,
    "overall_win_rate": FRACTION_OR_EMPTY,
}
INTERVAL = {"win_rate_ci_low": FRACTION_OR_EMPTY, "win_rate_ci_high": FRACTION_OR_EMPTY}
RANKS = {
    "rank": POSITIVE_COUNT_OR_EMPTY,
    "rank_low": POSITIVE_COUNT_OR_EMPTY,
    "rank_high": POSITIVE_COUNT_OR_EMPTY,
    "benchmarks": COUNT,
}
TIES = {"ties_sum": COUNT}
DECIDED = dict.fromkeys(("wins_decided", "losses_decided", "undecided", "untested"), COUNT)
REPEATS = {"runs": POSITIVE_COUNT}
MEAN_COST = {"mean_cost": AMOUNT}
MEAN_LATENCY = {"mean_of_mean_latency": AMOUNT}
FRONTIER = {"overall_win_rate": FRACTION, "pareto_optimal": FLAG}
EFFICIENT = {"pareto_efficient": FLAG}

BY_MODEL = ("model_name_short",)
BY_MODEL_AND_BENCHMARK = ("model_name_short", "benchmark_name")
BY_SCAFFOLD = ("model_name_short", "benchmark_name", "agent_name_short")
RUN = (*BY_SCAFFOLD, "run_id")

RATE_RULES = (
    not_above("wins_sum", "comparisons_sum"),
    not_above("ties_sum", "comparisons_sum"),
    win_rate(),
)
DECIDED_RULES = (adds_up(tuple(DECIDED), "comparisons_sum"),)
BENCHMARK_RATE_RULES = (*RATE_RULES, equal("win_rate_mean", "overall_win_rate"))
INTERVAL_RULES = (not_above("win_rate_ci_low", "win_rate_ci_high"),)
MODEL_RATE_RULES = (*RATE_RULES, *INTERVAL_RULES, not_above("rank_low", "rank_high"))
DIFFERENCE_RULES = (not_above("difference_ci_low", "difference_ci_high"),)


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
        The table has a row for every key of its source (usually the dataset) whose row there has a
        value in all of these columns. None if it need not have a row for every key.
    rules : tuple of Rule
        What cells of a row, or rows, must meet together.
    """

    script: str
    columns: dict[str, str]
    key: tuple[str, ...] = ()
    required_columns: tuple[str, ...] | None = None
    rules: tuple[Rule, ...] = ()


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
            "tasks": POSITIVE_COUNT_OR_EMPTY,
            "accuracy_ci_low": FRACTION_OR_EMPTY,
            "accuracy_ci_high": FRACTION_OR_EMPTY,
            "prompt_tokens": AMOUNT_OR_EMPTY,
            "completion_tokens": AMOUNT_OR_EMPTY,
        },
        rules=(
            unique_run(*RUN, "date", "accuracy", "total_cost", "mean_latency"),
            not_above("accuracy_ci_low", "accuracy_ci_high"),
            mean_of_list("latencies_per_task", "mean_latency"),
        ),
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
            **REPEATS,
            **EFFICIENT,
        },
        BY_MODEL_AND_BENCHMARK,
        ("total_cost",),
        (zero_distance(), frontier("total_cost", "accuracy", ("benchmark_name",))),
    ),
    "benchmark_win_rates.csv": Table(
        "win_rates.py",
        MODEL | BENCHMARK | SCAFFOLD | RATES | TIES | DECIDED,
        BY_SCAFFOLD,
        (),
        (*BENCHMARK_RATE_RULES, *DECIDED_RULES),
    ),
    "benchmark_win_rates_max.csv": Table(
        "win_rates.py",
        MODEL | BENCHMARK | RATES | TIES | DECIDED | SCAFFOLD | REPEATS,
        BY_MODEL_AND_BENCHMARK,
        (),
        (*BENCHMARK_RATE_RULES, *DECIDED_RULES),
    ),
    "benchmark_win_rates_pareto.csv": Table(
        "win_rates.py",
        MODEL | BENCHMARK | RATES | TIES,
        BY_MODEL_AND_BENCHMARK,
        ("total_cost",),
        BENCHMARK_RATE_RULES,
    ),
    "model_win_rates.csv": Table(
        "win_rates.py",
        MODEL | RATES | INTERVAL | RANKS | TIES | DECIDED,
        BY_MODEL,
        (),
        (*MODEL_RATE_RULES, *DECIDED_RULES),
    ),
    "model_win_rates_max.csv": Table(
        "win_rates.py",
        MODEL | RATES | INTERVAL | RANKS | TIES | DECIDED,
        BY_MODEL,
        (),
        (*MODEL_RATE_RULES, *DECIDED_RULES),
    ),
    "model_win_rates_pareto.csv": Table(
        "win_rates.py",
        MODEL | RATES | INTERVAL | RANKS | TIES,
        BY_MODEL,
        ("total_cost",),
        MODEL_RATE_RULES,
    ),
    "model_rank_separation.csv": Table(
        "win_rates.py",
        {
            "compared_by": NAME,
            "rank": POSITIVE_COUNT_OR_EMPTY,
            **MODEL,
            "next_model": NAME,
            "overall_win_rate": FRACTION,
            "next_win_rate": FRACTION,
            "common_benchmarks": COUNT,
            "difference": DIFFERENCE_OR_EMPTY,
            "difference_ci_low": DIFFERENCE_OR_EMPTY,
            "difference_ci_high": DIFFERENCE_OR_EMPTY,
            "separated": FLAG_OR_EMPTY,
        },
        ("compared_by", "model_name_short"),
        (),
        (*DIFFERENCE_RULES, chain("model_name_short", "next_model", "compared_by")),
    ),
    "model_pairs.csv": Table(
        "win_rates.py",
        {
            "compared_by": NAME,
            **MODEL,
            "other_model_name_short": NAME,
            "common_benchmarks": COUNT,
            "difference": DIFFERENCE_OR_EMPTY,
            "difference_ci_low": DIFFERENCE_OR_EMPTY,
            "difference_ci_high": DIFFERENCE_OR_EMPTY,
            "p": FRACTION_OR_EMPTY,
            "p_holm": FRACTION_OR_EMPTY,
            "separated": FLAG_OR_EMPTY,
        },
        ("compared_by", "model_name_short", "other_model_name_short"),
        rules=(
            *DIFFERENCE_RULES,
            all_pairs("model_name_short", "other_model_name_short", "compared_by"),
        ),
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
            "common_tasks": COUNT,
            "only_first": COUNT,
            "only_second": COUNT,
            "difference": DIFFERENCE_OR_EMPTY,
            "difference_ci_low": DIFFERENCE_OR_EMPTY,
            "difference_ci_high": DIFFERENCE_OR_EMPTY,
            "p": FRACTION_OR_EMPTY,
            "p_holm": FRACTION_OR_EMPTY,
            "decided": FLAG,
            "more_tasks": POSITIVE_COUNT_OR_EMPTY,
        },
        (
            "benchmark_name",
            "compared_by",
            "model_name_short",
            "agent_name_short",
            "other_model_name_short",
            "other_agent_name_short",
        ),
        rules=(
            *DIFFERENCE_RULES,
            not_above("only_first", "common_tasks"),
            not_above("only_second", "common_tasks"),
        ),
    ),
    "task_difficulty.csv": Table(
        "win_rates.py",
        BENCHMARK | {"task_id": NAME, "configurations": COUNT, "solved_share": FRACTION},
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
        | REPEATS
        | EFFICIENT,
        BY_MODEL_AND_BENCHMARK,
        ("mean_latency",),
        (frontier("mean_latency", "accuracy", ("benchmark_name",)),),
    ),
    "cost_win_rate_max.csv": Table(
        "convex_hull.py",
        MODEL | MEAN_COST | FRONTIER | INTERVAL | EFFICIENT,
        BY_MODEL,
        ("total_cost", "overall_win_rate"),
        (*INTERVAL_RULES, frontier("mean_cost", "overall_win_rate")),
    ),
    "cost_win_rate_pareto.csv": Table(
        "convex_hull.py",
        MODEL | MEAN_COST | FRONTIER | INTERVAL | EFFICIENT,
        BY_MODEL,
        ("total_cost", "overall_win_rate"),
        (*INTERVAL_RULES, frontier("mean_cost", "overall_win_rate")),
    ),
    "latency_win_rate_max.csv": Table(
        "convex_hull.py",
        MODEL | MEAN_LATENCY | FRONTIER | INTERVAL | EFFICIENT,
        BY_MODEL,
        ("mean_latency", "overall_win_rate"),
        (*INTERVAL_RULES, frontier("mean_of_mean_latency", "overall_win_rate")),
    ),
    "latency_win_rate_pareto.csv": Table(
        "convex_hull.py",
        MODEL | MEAN_LATENCY | FRONTIER | INTERVAL | EFFICIENT,
        BY_MODEL,
        ("mean_latency", "overall_win_rate"),
        (*INTERVAL_RULES, frontier("mean_of_mean_latency", "overall_win_rate")),
    ),
}
