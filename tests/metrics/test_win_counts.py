"""Win counts and win rates: by hand, and against comparison of all pairs."""

import itertools
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal_analysis.metrics.win_counts import count_wins, sum_wins, tally_by_benchmark

KEYS = ["model_name_short", "benchmark_name"]


def results_of(*rows):
    return pd.DataFrame(rows, columns=["benchmark_name", "model_name_short", "accuracy"])


def naive_wins(scores, tie_credit):
    wins = [0] * len(scores)
    for i, j in itertools.permutations(range(len(scores)), 2):
        wins[i] += (scores[i] > scores[j]) + tie_credit * (scores[i] == scores[j])
    return wins


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])), min_size=1
    ),
    st.sampled_from([0, 0.5]),
)
@settings(max_examples=50)
def test_wins_agree_with_comparison_of_all_pairs(rows, tie_credit):
    results = results_of(*((name, f"m{i}", score) for i, (name, score) in enumerate(rows)))
    counts = count_wins(results, ["benchmark_name"], results.accuracy, tie_credit)
    for _, group in results.groupby("benchmark_name"):
        scores = group.accuracy.tolist()
        assert counts.wins[group.index].tolist() == naive_wins(scores, tie_credit)
        assert counts.strict_wins[group.index].tolist() == naive_wins(scores, 0)
        assert (counts.comparisons[group.index] == len(group) - 1).all()


@pytest.fixture
def results():
    """B and C tie on x; A has the only result on y."""
    scores = {"A": 3, "B": 2, "C": 2, "D": 1}
    return results_of(*(("x", model, score) for model, score in scores.items()), ("y", "A", 1))


def test_wins_and_ties_by_hand(results):
    counts = count_wins(results, ["benchmark_name"], results.accuracy, tie_credit=0.5)
    assert counts.columns.tolist() == [
        *KEYS,
        "strict_wins",
        "ties",
        "wins",
        "comparisons",
        "win_rate",
    ]
    assert counts.strict_wins.tolist() == [3, 1, 1, 0, 0]
    assert counts.ties.tolist() == [0, 1, 1, 0, 0]
    assert counts.wins.tolist() == [3, 1.5, 1.5, 0, 0]
    assert counts.comparisons.tolist() == [3, 3, 3, 3, 0]
    assert counts.win_rate.tolist()[:4] == [1, 0.5, 0.5, 0]
    assert math.isnan(counts.win_rate[4])


def test_results_are_compared_within_all_columns_of_the_group(results):
    results["agent_name_short"] = ["S", "S", "T", "T", "S"]
    group = ["benchmark_name", "agent_name_short"]
    counts = count_wins(results, group, results.accuracy, tie_credit=0)
    assert counts.strict_wins.tolist() == [1, 0, 1, 0, 0]
    assert counts.comparisons.tolist() == [1, 1, 1, 1, 0]


def test_sums_of_wins_by_hand():
    """A beats B on x, ties with B on y, and has no competitor on z."""
    results = results_of(("x", "A", 2), ("x", "B", 1), ("y", "A", 1), ("y", "B", 1), ("z", "A", 1))
    counts = count_wins(results, ["benchmark_name"], results.accuracy, tie_credit=0.5)
    rates = sum_wins(counts, ["model_name_short"], tie_credit=0.5)
    assert rates.model_name_short.tolist() == ["A", "B"]
    assert rates.win_rate_mean.tolist() == [0.75, 0.25]
    assert rates.win_rate_std.tolist() == pytest.approx([math.sqrt(0.125)] * 2)
    assert rates.win_rate_count.tolist() == [2, 2]
    assert rates.wins_sum.tolist() == [1.5, 0.5]
    assert rates.ties_sum.tolist() == [1, 1]
    assert rates.comparisons_sum.tolist() == [2, 2]
    assert rates.overall_win_rate.tolist() == [0.75, 0.25]
    by_benchmark = sum_wins(counts, KEYS, tie_credit=0.5).set_index(KEYS)
    assert by_benchmark.loc[("A", "x"), "overall_win_rate"] == 1
    assert math.isnan(by_benchmark.loc[("A", "z"), "overall_win_rate"])


def test_tally_by_benchmark(results):
    counts = count_wins(results, ["benchmark_name"], results.accuracy, tie_credit=0)
    tally = tally_by_benchmark(counts)
    assert tally.tolist() == [
        [[3, 0], [1, 0], [1, 0], [0, 0]],
        [[0, 0], [1, 0], [1, 0], [0, 0]],
        [[3, 0], [3, 0], [3, 0], [3, 0]],
    ]
