"""Paired comparisons of configurations by the tasks that both ran on, and task difficulty."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hal_analysis.metrics import task_tests
from hal_analysis.metrics.configurations import CONFIGURATION
from hal_analysis.metrics.pair_tests import adjust_holm

SIGNIFICANCE_LEVEL = 0.05
MAX_MORE_TASKS = 1_000_000_000
COUNTS = ["wins_decided", "losses_decided", "undecided"]
PAIR_COLUMNS = [
    "benchmark_name",
    "compared_by",
    "model_name_short",
    "agent_name_short",
    "other_model_name_short",
    "other_agent_name_short",
    "common_tasks",
    "only_first",
    "only_second",
    "difference",
    "difference_ci_low",
    "difference_ci_high",
    "p",
    "p_holm",
    "decided",
    "more_tasks",
]
EMPTY = {
    "pairs": PAIR_COLUMNS,
    "counts": [*CONFIGURATION, "compared_by", *COUNTS],
    "difficulty": ["benchmark_name", "task_id", "configurations", "solved_share"],
}


@dataclass(frozen=True)
class TaskComparisons:
    """Comparisons by tasks of one benchmark, or of several.

    Parameters
    ----------
    pairs : DataFrame
        The rows of `task_pairs.csv`.
    counts : DataFrame
        For each `compared_by` and competitor, how many of its comparisons are decided for and
        against it, and undecided.
    difficulty : DataFrame
        The rows of `task_difficulty.csv`.
    """

    pairs: pd.DataFrame
    counts: pd.DataFrame
    difficulty: pd.DataFrame


def compare_tasks(
    task_results: pd.DataFrame, runs: pd.DataFrame, best: pd.DataFrame
) -> TaskComparisons:
    """Compare all pairs of competitors by their common tasks.

    Parameters
    ----------
    task_results : DataFrame
        Rows of `task_results.csv`; those of runs that are not in `runs` do not count.
    runs : DataFrame
        With the columns of `CONFIGURATION` and, if there are task results, run_id.
    best : DataFrame with the columns of `CONFIGURATION`
        The best configuration of each model on each benchmark.

    Returns
    -------
    TaskComparisons
    """
    parts = []
    if not task_results.empty:
        task_results = task_results.merge(runs[[*CONFIGURATION, "run_id"]].drop_duplicates())
        parts = [
            compare_benchmark(benchmark, scores, best[best.benchmark_name == benchmark])
            for benchmark, scores in score_matrices(task_results)
        ]
    return TaskComparisons(
        *(
            pd.concat([getattr(part, field) for part in parts], ignore_index=True)
            if parts
            else pd.DataFrame(columns=columns)
            for field, columns in EMPTY.items()
        )
    )


def score_matrices(task_results: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each benchmark and the scores of its configurations, averaged over repeats.

    Yields
    ------
    benchmark : str
    scores : DataFrame of shape (configurations, tasks)
        Whole units of `task_tests`; NaN where a configuration did not run a task. The index has
        the levels agent_name_short and model_name_short; both axes are sorted.
    """
    for benchmark, rows in task_results.groupby("benchmark_name"):
        cells = rows.assign(score=task_tests.count_units(rows.score)).pivot_table(
            "score", ["agent_name_short", "model_name_short"], "task_id", "mean", observed=True
        )
        yield str(benchmark), cells.round()


def compare_benchmark(benchmark: str, scores: pd.DataFrame, best: pd.DataFrame) -> TaskComparisons:
    """Compare the configurations of a benchmark by scaffold, and its best ones.

    Parameters
    ----------
    benchmark : str
    scores : DataFrame of shape (configurations, tasks)
        As yielded by `score_matrices`.
    best : DataFrame with agent_name_short and model_name_short
        The best configuration of each model.
    """
    matrix = scores.to_numpy()
    names = scores.index.to_frame(index=False)
    is_best = scores.index.isin(best.set_index(["agent_name_short", "model_name_short"]).index)
    best_rows = names[is_best].sort_values("model_name_short").index.to_numpy()
    families = {
        "scaffold": list(names.groupby("agent_name_short").indices.values()),
        "max": [best_rows],
    }
    pairs, counts = [], []
    for compared_by, groups in families.items():
        tests = compare_groups(matrix, groups)
        tests["compared_by"] = compared_by
        counts.append(names.assign(**count_decided(tests, len(names)), compared_by=compared_by))
        pairs.append(_add_names(tests, names))
    n_tried = np.isfinite(matrix).sum(axis=0)
    difficulty = pd.DataFrame(
        {
            "task_id": scores.columns,
            "configurations": n_tried,
            "solved_share": np.nansum(matrix, axis=0) / (n_tried * task_tests.UNITS),
        }
    )
    return TaskComparisons(
        *(
            frame.assign(benchmark_name=benchmark)
            for frame in (pd.concat(pairs), pd.concat(counts), difficulty)
        )
    )


def compare_groups(matrix: np.ndarray, groups: Iterable[np.ndarray]) -> pd.DataFrame:
    """Test all pairs within groups of configurations, and correct for the number of all tests.

    Parameters
    ----------
    matrix : ndarray of shape (configurations, tasks)
        Scores in whole units; NaN where a configuration did not run a task.
    groups : iterable of ndarray of int
        The rows of the matrix that are compared with each other.

    Returns
    -------
    DataFrame
        One row for each pair with common tasks: `first` and `second` (rows of the matrix), and
        the numbers of `PAIR_COLUMNS`.
    """
    parts = [_compare_group(matrix[rows], rows) for rows in groups]
    tests = {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}
    p_holm = adjust_holm(tests["p"])
    decided = p_holm <= SIGNIFICANCE_LEVEL
    # An undecided pair would be the first of the undecided ones if it had more tasks.
    n_undecided = int(np.isfinite(p_holm).sum() - decided.sum())
    n_tasks = task_tests.tasks_for_power(
        tests["difference"],
        tests.pop("mean_square"),
        tests.pop("is_graded"),
        SIGNIFICANCE_LEVEL / max(n_undecided, 1),
    )
    more = np.maximum(n_tasks - tests["common_tasks"], 1)
    more[(more > MAX_MORE_TASKS) | decided | np.isnan(p_holm)] = np.nan
    more_tasks = pd.array(more, dtype="Int64")
    return pd.DataFrame(tests | {"p_holm": p_holm, "decided": decided, "more_tasks": more_tasks})


def count_decided(tests: pd.DataFrame, n_rows: int) -> dict[str, np.ndarray]:
    """Count the comparisons of each configuration by outcome: the arrays of `COUNTS`."""
    is_tested = tests.p.notna().to_numpy()
    first_wins = tests.decided.to_numpy() & (tests.difference.to_numpy() > 0)
    second_wins = tests.decided.to_numpy() & ~first_wins
    is_undecided = is_tested & ~tests.decided.to_numpy()
    outcomes = [(first_wins, second_wins), (second_wins, first_wins), (is_undecided, is_undecided)]
    return {
        column: np.bincount(tests["first"][of_first], minlength=n_rows)
        + np.bincount(tests.second[of_second], minlength=n_rows)
        for column, (of_first, of_second) in zip(COUNTS, outcomes, strict=True)
    }


def add_decided_counts(rates: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Add to win rates how many of their comparisons are decided by a paired test.

    Parameters
    ----------
    rates : DataFrame
        One row for each model (and benchmark, and scaffold), with comparisons_sum.
    counts : DataFrame
        Rows of `TaskComparisons.counts` of one `compared_by`.

    Returns
    -------
    DataFrame
        `rates` with wins_decided, losses_decided, undecided and untested, which add up to
        comparisons_sum.
    """
    keys = [column for column in CONFIGURATION if column in rates]
    sums = counts.groupby(keys)[COUNTS].sum()
    added = rates[keys].join(sums, on=keys)[COUNTS].astype(float).fillna(0).astype(int)
    return rates.assign(**added, untested=rates.comparisons_sum - added.sum(axis=1))


def _add_names(tests: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Replace the rows of the matrix by the names of the two configurations."""
    columns = {column: pd.Categorical(names[column]) for column in names}  # a name takes one byte
    return tests.drop(columns=["first", "second"]).assign(
        **{column: cells.take(tests["first"]) for column, cells in columns.items()},
        **{f"other_{column}": cells.take(tests.second) for column, cells in columns.items()},
    )


def _compare_group(scores: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Test all pairs of some configurations; `rows` are their numbers in the result."""
    has_run, solved, failed = (
        cells.astype(float)
        for cells in (np.isfinite(scores), scores == task_tests.UNITS, scores == 0)
    )
    n_common = has_run @ has_run.T
    first, second = np.nonzero(np.triu(n_common, k=1))
    is_between = (scores > 0) & (scores < task_tests.UNITS)
    has_graded = np.any(is_between, axis=1, keepdims=True)[:, 0]
    is_graded = has_graded[first] | has_graded[second]
    only_one = solved @ failed.T
    counts = [n_common[first, second], only_one[first, second], only_one[second, first]]
    tests = _compare_shares(*(count.astype(int) for count in counts))
    if is_graded.any():
        graded = np.flatnonzero(is_graded)
        for column, values in _compare_means(scores, first[graded], second[graded]).items():
            tests[column][graded] = values
    return tests | {"first": rows[first], "second": rows[second], "is_graded": is_graded}


def _compare_shares(
    n_common: np.ndarray, only_first: np.ndarray, only_second: np.ndarray
) -> dict[str, np.ndarray]:
    """Compare pairs with scores of 0 and 1; pairs with equal counts are computed once."""
    base = int(n_common.max(initial=0)) + 1
    codes, _ = pd.factorize((n_common * base + only_first) * base + only_second)
    n_codes = codes.max(initial=-1) + 1
    example = np.empty(n_codes, dtype=int)
    example[codes] = np.arange(len(codes))
    n, b, c = n_common[example], only_first[example], only_second[example]
    low, high = task_tests.share_difference_intervals(b, c, n)
    has_test = n >= task_tests.MIN_TASKS
    numbers = {
        "common_tasks": n,
        "only_first": b,
        "only_second": c,
        "difference": (b - c) / n,
        "difference_ci_low": np.where(has_test, low, np.nan),
        "difference_ci_high": np.where(has_test, high, np.nan),
        "p": np.where(has_test, task_tests.mcnemar_test(b, c), np.nan),
        "mean_square": (b + c) / n,
    }
    return {column: values[codes] for column, values in numbers.items()}


def _compare_means(
    scores: np.ndarray, first: np.ndarray, second: np.ndarray
) -> dict[str, np.ndarray]:
    """Compare pairs with graded scores, some at a time."""
    step = max(1, task_tests.BLOCK_SIZE // max(scores.shape[1], 1))
    parts = [
        _compare_differences(scores[first[block]] - scores[second[block]])
        for block in (slice(start, start + step) for start in range(0, len(first), step))
    ]
    return {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}


def _compare_differences(differences: np.ndarray) -> dict[str, np.ndarray]:
    """Compare pairs by the differences of their scores.

    `differences` has the shape (pairs, tasks) and is in whole units, with NaN for tasks that are
    not common.
    """
    is_common = np.isfinite(differences)
    n = is_common.sum(axis=1)
    differences = np.where(is_common, differences, 0)
    total, n_differing = differences.sum(axis=1), (differences != 0).sum(axis=1)
    mean = np.where(np.abs(total) > n_differing, total, 0) / (n * task_tests.UNITS)
    mean_square = ((differences / task_tests.UNITS) ** 2).sum(axis=1) / n
    has_test = n >= task_tests.MIN_TASKS
    variance = np.maximum(mean_square - mean**2, 0) * n / np.maximum(n - 1, 1)
    low, high = task_tests.mean_difference_intervals(mean, variance, np.maximum(n, 2))
    p = np.full(len(n), np.nan)
    p[has_test] = task_tests.sign_flip_test(differences[has_test])
    return {
        "common_tasks": n,
        "only_first": (differences > 0).sum(axis=1),
        "only_second": (differences < 0).sum(axis=1),
        "difference": mean,
        "difference_ci_low": np.where(has_test, low, np.nan),
        "difference_ci_high": np.where(has_test, high, np.nan),
        "p": p,
        "mean_square": mean_square,
    }
