"""Differences of win rates between pairs of models."""

import numpy as np
import pandas as pd

from hal_analysis.metrics import bootstrap
from hal_analysis.metrics.pair_tests import adjust_holm, swap_test

ALPHA = 0.05
MAX_MODELS = 100  # only the pairs of the first ones in the ranking are compared


def compare_pairs(
    models: pd.DataFrame, tally: np.ndarray, tie_credit: float, min_benchmarks: int
) -> pd.DataFrame:
    """Compare the win rates of all pairs of models on their common benchmarks.

    Parameters
    ----------
    models : DataFrame
        One row for each model: model_name_short, rank (NaN if it has none), overall_win_rate.
    tally : ndarray of shape (3, models, benchmarks)
        See `bootstrap`.
    tie_credit : float from 0 to 1
    min_benchmarks : int
        Pairs with fewer common benchmarks are not tested.

    Returns
    -------
    DataFrame
        One row for each pair, in the order of `rank_order`: model_name_short,
        other_model_name_short, common_benchmarks, difference of win rates on the common benchmarks,
        its 95% interval, p, p_holm (Holm over all pairs), and separated (p_holm is at most 0.05;
        empty without a test).
    """
    order = rank_order(models)[:MAX_MODELS]
    first, second = (order[side] for side in np.triu_indices(len(order), 1))
    sides = tally[:, first], tally[:, second]
    difference, low, high, n_common = bootstrap.difference_intervals(*sides, tie_credit)
    is_tested = n_common >= min_benchmarks
    p = np.full(len(first), np.nan)
    p[is_tested] = swap_test(sides[0][:, is_tested], sides[1][:, is_tested], tie_credit)
    p_holm = adjust_holm(p)
    names = models.model_name_short.to_numpy()
    return pd.DataFrame(
        {
            "model_name_short": names[first],
            "other_model_name_short": names[second],
            "common_benchmarks": n_common,
            "difference": difference,
            "difference_ci_low": np.where(is_tested, low, np.nan),
            "difference_ci_high": np.where(is_tested, high, np.nan),
            "p": p,
            "p_holm": p_holm,
            "separated": pd.array(p_holm <= ALPHA, dtype="boolean"),
        }
    ).assign(separated=lambda pairs: pairs.separated.where(is_tested))


def compare_neighbours(models: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Select the pairs of neighbours in the ranking.

    Parameters
    ----------
    models : DataFrame
        As in `compare_pairs`.
    pairs : DataFrame
        As returned by `compare_pairs`.

    Returns
    -------
    DataFrame
        The columns of `pairs`, with `next_model` for the other model, and rank, overall_win_rate
        and next_win_rate.
    """
    ranking = models.iloc[rank_order(models)].reset_index(drop=True)
    neighbours = pd.DataFrame(
        {
            "rank": ranking["rank"][:-1],
            "model_name_short": ranking.model_name_short[:-1],
            "next_model": ranking.model_name_short.shift(-1)[:-1],
            "overall_win_rate": ranking.overall_win_rate[:-1],
            "next_win_rate": ranking.overall_win_rate.shift(-1)[:-1],
        }
    )
    return neighbours.merge(
        pairs.rename(columns={"other_model_name_short": "next_model"}),
        on=["model_name_short", "next_model"],
    )


def rank_order(models: pd.DataFrame) -> np.ndarray:
    """Return the positions of the models with a win rate.

    Models with a rank are first, then higher win rates; ties are sorted by name.
    """
    ranking = models.reset_index(drop=True).dropna(subset="overall_win_rate")
    return (
        ranking.assign(is_unranked=ranking["rank"].isna())
        .sort_values(
            ["is_unranked", "overall_win_rate", "model_name_short"], ascending=[True, False, True]
        )
        .index.to_numpy()
    )


def describe_pairs(pairs: pd.DataFrame, neighbours: pd.DataFrame) -> str:
    """Return one sentence on how many pairs of models, and how many neighbours, differ."""
    n_tested = pairs.separated.notna().sum()
    if not n_tested:
        return "Too few benchmarks to tell models apart."
    return (
        f"{pairs.separated.sum()} of {n_tested} pairs of models differ (p ≤ {ALPHA} after Holm's "
        f"correction); {neighbours.separated.sum()} of {neighbours.separated.notna().sum()} pairs "
        "of neighbours do."
    )
