"""Configurations: which competitor is the best, and the mean of repeats."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal_analysis.metrics import configurations
from hal_analysis.metrics.configurations import CONFIGURATION

COLUMNS = [*CONFIGURATION, "accuracy", "total_cost", "mean_latency"]
NAN = np.nan


def frame_of(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def test_best_has_the_highest_accuracy_then_the_lowest_cost_then_a_stated_one_then_the_name():
    competitors = frame_of(
        ("b", "S", "m", 0.5, 1.0, 1.0),
        ("b", "T", "m", 0.7, 9.0, 1.0),
        ("b", "U", "m", 0.7, 3.0, 1.0),
        ("b", "V", "m", 0.7, NAN, 1.0),
        ("b", "T", "n", 0.9, NAN, 2.0),
        ("b", "S", "n", 0.9, NAN, 3.0),
        ("a", "T", "n", 0.1, 4.0, 5.0),
        ("a", "S", "n", 0.1, 4.0, 6.0),
    )
    for order in (competitors, competitors[::-1]):
        best = configurations.select_best(order, "total_cost")
        rows = best[["benchmark_name", "model_name_short", "agent_name_short"]]
        assert rows.to_numpy().tolist() == [["a", "n", "S"], ["b", "m", "U"], ["b", "n", "S"]]
    by_latency = configurations.select_best(competitors, "mean_latency")
    assert by_latency.agent_name_short.tolist() == ["T", "T", "T"]


def test_first_run_is_the_best_of_equal_ones():
    """Only single runs, as published, can be equal in all that counts."""
    runs = frame_of(*[("b", "S", "m", 0.5, 1.0, latency) for latency in (7.0, 6.0)])
    assert configurations.select_best(runs, "total_cost").mean_latency.tolist() == [7]


@pytest.mark.parametrize("prepare", [pd.DataFrame.copy, configurations.categorize_names])
def test_means_of_repeats_by_hand(prepare):
    runs = frame_of(
        ("b", "S", "m", 0.2, 1.0, NAN),
        ("b", "S", "m", 0.4, NAN, NAN),
        ("b", "S", "n", 0.9, 5.0, 3.0),
        ("b", "S", "m", 0.9, 4.0, NAN),
    ).pipe(prepare)
    means = configurations.select_competitors(runs, average_repeats=True)
    expected = frame_of(("b", "S", "m", 0.5, 2.5, NAN), ("b", "S", "n", 0.9, 5.0, 3.0))
    expected = prepare(expected.assign(runs=[3, 1]))
    pd.testing.assert_frame_equal(means, expected)
    single_runs = configurations.select_competitors(runs, average_repeats=False)
    pd.testing.assert_frame_equal(single_runs, runs.assign(runs=1))


@pytest.mark.parametrize("values", [(0.1, 0.2, 0.3), (0.7, 0.1, 0.3), (1.1, 2.2, 3.3)])
def test_order_of_repeats_does_not_change_the_rounding(values):
    means = set()
    for order in itertools.permutations(values):
        runs = frame_of(*[("b", "S", "m", x / 10, x, x) for x in order])
        means.add(tuple(configurations.select_competitors(runs, average_repeats=True).iloc[0, 3:6]))
        mean = configurations.mean_over_benchmarks(runs, "total_cost", "mean_cost")
        means.add(mean.mean_cost.item())
    assert len(means) == 2


def test_mean_of_repeats_equals_a_single_run_with_that_value():
    for n in range(1, 100):
        repeats = [(n - 1) / 100, n / 100, (n + 1) / 100]
        runs = frame_of(
            *[("b", "S", "m", x, x, x) for x in repeats], ("b", "S", "n", n / 100, 1, 1)
        )
        first, second = configurations.select_competitors(runs, average_repeats=True).accuracy
        assert first == second


@pytest.mark.parametrize("unit", [1e-6, 1, 1000, 1e6])
def test_equal_means_of_repeats_tie_with_single_runs_at_any_size(unit):
    """One model has two runs of k/45, one has one, and one has runs of 0, k/45 and 2k/45."""
    for k in range(1, 23):
        value = k / 45 * unit
        runs = frame_of(
            *[("b", "S", "A", k / 45, value, value)] * 2,
            ("b", "S", "B", k / 45, value, value),
            *[("b", "S", "C", n * k / 45, n * value, n * value) for n in range(3)],
        )
        means = configurations.select_competitors(runs, average_repeats=True)
        for metric in ("accuracy", "total_cost", "mean_latency"):
            assert len(set(means[metric])) == 1
            assert means[metric][0] == pytest.approx(runs[metric][0], rel=1e-13)


def test_rounding_to_14_significant_digits_by_hand():
    values = pd.Series([1 / 3, 0.123456789012344, 1234567.89012344, 1 - 1e-14, 1 - 2e-15, 0, NAN])
    rounded = configurations.round_to_significant_digits(values).tolist()
    assert rounded[:3] == [0.33333333333333, 0.12345678901234, 1234567.8901234]
    assert rounded[3:6] == [0.99999999999999, 1, 0]
    assert np.isnan(rounded[6])


@given(st.decimals(0, 10**9, places=5).map(float))
def test_rounding_keeps_numbers_with_few_digits(number):
    runs = frame_of(("b", "S", "A", 0.5, number, NAN))
    means = configurations.select_competitors(runs, average_repeats=True)
    assert means[["total_cost", "accuracy"]].to_numpy().tolist() == [[number, 0.5]]
    assert means.mean_latency.isna().all()


def test_priced_competitors():
    competitors = frame_of(
        ("b1", "S", "A", 0.5, 1.0, 1.0),
        ("b1", "S", "B", 0.5, 1.0, 1.0),
        ("b2", "S", "A", 0.5, 1.0, 1.0),
        ("b2", "S", "B", 0.5, NAN, 1.0),
        ("free", "S", "A", 0.5, NAN, 1.0),
        ("free", "S", "B", 0.5, NAN, 1.0),
    )
    priced = configurations.select_priced(competitors, on_all_benchmarks=False)
    assert priced.model_name_short.tolist() == ["A", "B", "A"]
    # B has no cost on b2; on the benchmark "free", nobody has.
    priced = configurations.select_priced(competitors, on_all_benchmarks=True)
    assert priced.model_name_short.tolist() == ["A", "A"]
