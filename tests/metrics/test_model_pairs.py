"""Pairs of models: which are compared, in which order, and what is said about them."""

import math

import numpy as np
import pandas as pd
import pytest

from hal_analysis.metrics import model_pairs
from hal_analysis.metrics.model_pairs import (
    compare_neighbours,
    compare_pairs,
    describe_pairs,
    rank_order,
)


def board_of(wins, comparisons=None):
    """Return models with their ranks, and the tally of their wins on each benchmark."""
    wins = {model: np.array(row, dtype=float) for model, row in wins.items()}
    n_others = len(wins) - 1
    comparisons = comparisons or {model: np.full(len(row), n_others) for model, row in wins.items()}
    tally = np.array([[wins[m], np.zeros(len(wins[m])), comparisons[m]] for m in wins]).swapaxes(
        0, 1
    )
    rates = pd.Series({m: wins[m].sum() / max(np.sum(comparisons[m]), 1) for m in wins})
    has_rate = pd.Series({m: np.sum(comparisons[m]) > 0 for m in wins})
    models = pd.DataFrame({"model_name_short": list(wins), "overall_win_rate": rates.to_numpy()})
    models["overall_win_rate"] = models.overall_win_rate.where(has_rate.to_numpy())
    return models.assign(rank=models.overall_win_rate.rank(ascending=False)), tally


@pytest.mark.parametrize(("n", "p"), [(5, 2 / 32), (6, 2 / 64)])
def test_two_models_by_hand(n, p):
    models, tally = board_of({"B": [0] * n, "A": [1] * n})
    pairs = compare_pairs(models, tally, 0, 5)
    assert pairs.iloc[0].to_dict() == {
        "model_name_short": "A",
        "other_model_name_short": "B",
        "common_benchmarks": n,
        "difference": 1,
        "difference_ci_low": 1,
        "difference_ci_high": 1,
        "p": p,
        "p_holm": p,
        "separated": p <= 0.05,
    }


def test_p_at_the_limit_separates(monkeypatch):
    monkeypatch.setattr(model_pairs, "ALPHA", 2 / 64)
    for n, is_separated in ((5, False), (6, True)):
        pairs = compare_pairs(*board_of({"A": [1] * n, "B": [0] * n}), 0, 5)
        assert pairs.separated.tolist() == [is_separated]


def test_holm_over_all_pairs_by_hand():
    """A beats B and C, B beats C, on seven benchmarks: p is 2/128 three times."""
    models, tally = board_of({"A": [2] * 7, "B": [1] * 7, "C": [0] * 7})
    pairs = compare_pairs(models, tally, 0, 5)
    assert pairs.p.tolist() == [1 / 64] * 3
    assert pairs.p_holm.tolist() == [3 / 64] * 3
    assert pairs.separated.tolist() == [True] * 3
    # With six benchmarks, 2/64 times 3 is 0.094.
    pairs = compare_pairs(*board_of({"A": [2] * 6, "B": [1] * 6, "C": [0] * 6}), 0, 5)
    assert pairs.separated.tolist() == [False] * 3


def test_every_pair_of_nine_models_once():
    models, tally = board_of({f"m{n}": [n] * 6 for n in range(9)})
    pairs = compare_pairs(models, tally, 0, 5)
    assert len(pairs) == 36
    names = pairs[["model_name_short", "other_model_name_short"]].to_numpy().tolist()
    assert names[:2] == [["m8", "m7"], ["m8", "m6"]]
    assert names[-1] == ["m1", "m0"]
    assert all(first > second for first, second in names)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_fewer_than_five_common_benchmarks_are_not_tested(n):
    models, tally = board_of({"A": [1] * n, "B": [0] * n})
    pairs = compare_pairs(models, tally, 0, 5)
    empty = pairs[["difference_ci_low", "difference_ci_high", "p", "p_holm", "separated"]]
    assert empty.isna().all(axis=None)
    assert pairs.difference.tolist() == [1]
    assert pairs.common_benchmarks.tolist() == [n]
    neighbours = compare_neighbours(models, pairs)
    assert describe_pairs(pairs, neighbours) == "Too few benchmarks to tell models apart."


def test_untested_pairs_do_not_count_in_the_correction():
    """C ran on two of seven benchmarks."""
    comparisons = {"A": [2, 2] + [1] * 5, "B": [2, 2] + [1] * 5, "C": [2, 2] + [0] * 5}
    wins = {"A": [2, 2] + [1] * 5, "B": [1, 1] + [0] * 5, "C": [0] * 7}
    models, tally = board_of(wins, comparisons)
    pairs = compare_pairs(models, tally, 0, 5)
    assert pairs.common_benchmarks.tolist() == [7, 2, 2]
    assert pairs.p_holm.tolist()[0] == 2 / 128
    assert pairs.separated.tolist() == [True, pd.NA, pd.NA]


def test_order_is_that_of_the_ranking_and_ties_are_sorted_by_name():
    models = pd.DataFrame(
        {
            "model_name_short": list("EDCBA"),
            "overall_win_rate": [0.9, 0.2, 0.5, math.nan, 0.5],
            "rank": [math.nan, 3, 1, math.nan, 1],
        }
    )
    assert models.model_name_short.iloc[rank_order(models)].tolist() == ["A", "C", "D", "E"]


def test_models_without_a_rank_do_not_separate_neighbours():
    """A beats B, and B beats C, on twelve benchmarks; U has the win rate 2/3 on one of them."""
    comparisons = {model: [3] + [2] * 11 for model in "ABC"} | {"U": [3] + [0] * 11}
    wins = {"A": [3] + [2] * 11, "B": [1] * 12, "C": [0] * 12, "U": [2] + [0] * 11}
    models, tally = board_of(wins, comparisons)
    models["rank"] = [1, 2, 3, math.nan]
    pairs = compare_pairs(models, tally, 0, 5)
    neighbours = compare_neighbours(models, pairs)
    names = neighbours[["model_name_short", "next_model"]].to_numpy().tolist()
    assert names == [["A", "B"], ["B", "C"], ["C", "U"]]
    assert neighbours.separated.tolist() == [True, True, pd.NA]
    assert describe_pairs(pairs, neighbours).endswith("; 2 of 2 pairs of neighbours do.")


def test_pairs_with_the_given_number_of_benchmarks_are_tested():
    pairs = compare_pairs(*board_of({"A": [1] * 4, "B": [0] * 4}), 0, 3)
    assert pairs.p.tolist() == pairs.p_holm.tolist() == [2 / 16]
    assert pairs.separated.tolist() == [False]


def test_neighbours_are_rows_of_the_pairs():
    models, tally = board_of({"A": [0] * 7, "B": [2] * 7, "C": [1] * 7})
    pairs = compare_pairs(models, tally, 0, 5)
    neighbours = compare_neighbours(models, pairs)
    columns = [
        "rank",
        "model_name_short",
        "next_model",
        "overall_win_rate",
        "next_win_rate",
        "p_holm",
    ]
    assert neighbours[columns].to_numpy().tolist() == [
        [1, "B", "C", 1, 0.5, 3 / 64],
        [2, "C", "A", 0.5, 0, 3 / 64],
    ]


def test_sentence_on_pairs_and_neighbours():
    models, tally = board_of({f"m{n}": [n] * 12 for n in range(4)})
    pairs = compare_pairs(models, tally, 0, 5)
    assert describe_pairs(pairs, compare_neighbours(models, pairs)) == (
        "6 of 6 pairs of models differ (p ≤ 0.05 after Holm's correction); 3 of 3 pairs of "
        "neighbours do."
    )
