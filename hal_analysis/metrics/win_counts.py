"""Win counts and win rates from scores."""

import numpy as np
import pandas as pd


def count_wins(
    results: pd.DataFrame, group: list[str], score: pd.Series, tie_credit: float
) -> pd.DataFrame:
    """Count the wins of each row over the other rows of its group, by ranks, in O(n log n).

    Parameters
    ----------
    results : DataFrame
        One row for each competitor, with `model_name_short` and the columns of `group`.
    group : list of str
        Columns whose values define which rows are compared with each other.
    score : Series of float, aligned with `results`
        Larger is better.
    tie_credit : float from 0 to 1
        The value of a tie as a fraction of a win.

    Returns
    -------
    DataFrame
        For each row, in order: model_name_short, the columns of `group`, strict_wins (int), ties
        (int), wins (strict wins plus credit for ties), comparisons (int), and win_rate (NaN without
        comparisons).
    """
    scores = score.groupby([results[column] for column in group], observed=True)
    lowest_rank, highest_rank = scores.rank(method="min"), scores.rank(method="max")
    # Rank 1 is the worst. A row that shares ranks 3 to 5 beats two others and ties with two.
    ties = (highest_rank - lowest_rank).astype(int)
    strict_wins = (lowest_rank - 1).astype(int)
    wins = strict_wins + tie_credit * ties
    comparisons = scores.transform("size") - 1
    return results[["model_name_short", *group]].assign(
        strict_wins=strict_wins,
        ties=ties,
        wins=wins,
        comparisons=comparisons,
        win_rate=wins / comparisons.where(comparisons > 0),
    )


def sum_wins(counts: pd.DataFrame, keys: list[str], tie_credit: float) -> pd.DataFrame:
    """Aggregate win counts over all rows with the same key.

    Parameters
    ----------
    counts : DataFrame
        As returned by `count_wins`.
    keys : list of str
    tie_credit : float from 0 to 1

    Returns
    -------
    DataFrame
        One row for each key, sorted: mean, standard deviation (n - 1) and number of the single win
        rates, sums of wins, ties and comparisons, and overall_win_rate, the ratio of the sums (NaN
        without comparisons).
    """
    rates = counts.groupby(keys, as_index=False, observed=True).agg(
        win_rate_mean=("win_rate", "mean"),
        win_rate_std=("win_rate", "std"),
        win_rate_count=("win_rate", "count"),
        strict_wins_sum=("strict_wins", "sum"),
        comparisons_sum=("comparisons", "sum"),
        ties_sum=("ties", "sum"),
    )
    wins = rates.strict_wins_sum + tie_credit * rates.ties_sum
    comparisons = rates.comparisons_sum.where(rates.comparisons_sum > 0)
    return rates.assign(wins_sum=wins, overall_win_rate=wins / comparisons)


def tally_by_benchmark(counts: pd.DataFrame) -> np.ndarray:
    """Sum win counts for each model and benchmark.

    Returns
    -------
    ndarray of float of shape (3, models, benchmarks)
        Strict wins, ties and comparisons; whole numbers, 0 where a model has no comparison. Models
        and benchmarks are sorted by name.
    """
    keys = {"index": "model_name_short", "columns": "benchmark_name"}
    return np.stack(
        [
            counts.pivot_table(column, **keys, aggfunc="sum", fill_value=0, observed=True)
            for column in ("strict_wins", "ties", "comparisons")
        ]
    ).astype(float)
