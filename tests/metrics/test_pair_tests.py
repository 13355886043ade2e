"""The swap test and Holm's correction: by hand, and against exact arithmetic."""

import random
from fractions import Fraction

import numpy as np
import oracle
import pytest

from hal_analysis.metrics import pair_tests
from hal_analysis.metrics.pair_tests import adjust_holm, swap_test


def tally_of(*results):
    """Return a tally of one model from (strict wins, ties, comparisons) on each benchmark."""
    return np.array(results, dtype=float).T[:, np.newaxis]


@pytest.mark.parametrize("n", [5, 6, 8, 11])
def test_model_that_wins_everywhere_by_hand(n):
    """Only no swap and all swaps give a difference as large: p is 2 of 2^n."""
    first, second = tally_of(*[(1, 0, 1)] * n), tally_of(*[(0, 0, 1)] * n)
    assert swap_test(first, second, 0).tolist() == [2 / 2**n]
    assert swap_test(second, first, 0).tolist() == [2 / 2**n]


def test_one_defeat_by_hand():
    """A wins five of six; in 1 + 6 swaps A wins at least five, and in as many B does."""
    first = tally_of(*[(1, 0, 1)] * 5, (0, 0, 1))
    second = tally_of(*[(0, 0, 1)] * 5, (1, 0, 1))
    assert swap_test(first, second, 0).tolist() == [2 * 7 / 2**6]


def test_equal_models():
    model = tally_of(*[(1, 1, 3)] * 5)
    assert swap_test(model, model, 0.5).tolist() == [1]


def test_only_common_benchmarks_count():
    first = tally_of(*[(1, 0, 1)] * 5, (0, 0, 4), (0, 0, 0))
    second = tally_of(*[(0, 0, 1)] * 5, (0, 0, 0), (4, 0, 4))
    assert swap_test(first, second, 0).tolist() == [2 / 2**5]


@pytest.mark.parametrize("n", [0, 1, 4])
def test_few_common_benchmarks(n):
    empty = [(0, 0, 0)] * 3
    first, second = tally_of(*[(1, 0, 1)] * n, *empty), tally_of(*[(0, 0, 1)] * n, *empty)
    p = swap_test(first, second, 0).item()
    assert p == 2 / 2**n if n else np.isnan(p)


def random_models(rng, n, has_equal_comparisons):
    """Return the strict wins, ties and comparisons of two models on n benchmarks."""
    models = [[], []]
    for _ in range(n):
        n_comparisons = rng.randint(1, 8)
        for model in models:
            if not has_equal_comparisons:  # as with several scaffolds
                n_comparisons = rng.randint(1, 8)
            ties = rng.randint(0, 1)
            model.append((rng.randint(0, n_comparisons - ties), ties, n_comparisons))
    return models


@pytest.mark.parametrize("has_equal_comparisons", [True, False])
@pytest.mark.parametrize("tie_credit", [0, 0.5])
@pytest.mark.parametrize("n", [5, 7, 10])
def test_p_values_agree_with_exact_arithmetic(n, tie_credit, has_equal_comparisons):
    rng = random.Random(n)
    pairs = [random_models(rng, n, has_equal_comparisons) for _ in range(8)]
    tallies = [np.concatenate([tally_of(*pair[side]) for pair in pairs], axis=1) for side in (0, 1)]
    credit = Fraction(tie_credit)
    expected = [
        oracle.swap_p(*[[(wins + credit * ties, n) for wins, ties, n in side] for side in pair])
        for pair in pairs
    ]
    assert swap_test(*tallies, tie_credit).tolist() == [float(p) for p in expected]
    assert len(set(expected)) > 4


def test_random_swaps_are_close_to_all_swaps():
    """With 14 benchmarks, 9,999 swaps are drawn; the exact p is 2 (1 + 14 + 91) of 2^14."""
    first = tally_of(*[(1, 0, 1)] * 12, *[(0, 0, 1)] * 2)
    second = tally_of(*[(0, 0, 1)] * 12, *[(1, 0, 1)] * 2)
    exact = 2 * (1 + 14 + 91) / 2**14
    p = swap_test(first, second, 0).item()
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact / 10_000))
    assert swap_test(first, second, 0).item() == p


def test_p_is_never_0():
    first, second = tally_of(*[(1, 0, 1)] * 40), tally_of(*[(0, 0, 1)] * 40)
    assert 0 < swap_test(first, second, 0).item() < 0.001


def test_holm_by_hand():
    """The smallest of four is multiplied by 4, the next ones by 3, 2 and 1, never decreasing."""
    assert adjust_holm(np.array([0.04, 0.01, 0.5, 0.03])).tolist() == pytest.approx(
        [0.09, 0.04, 0.5, 0.09]
    )
    assert adjust_holm(np.array([0.5, 0.6])).tolist() == [1, 1]
    assert adjust_holm(np.array([])).tolist() == []


def test_holm_leaves_pairs_without_a_test_out():
    adjusted = adjust_holm(np.array([np.nan, 0.02, np.nan, 0.03]))
    assert np.isnan(adjusted[[0, 2]]).all()
    assert adjusted[[1, 3]].tolist() == pytest.approx([0.04, 0.04])


def test_holm_agrees_with_its_definition():
    rng = random.Random(0)
    for n in range(1, 12):
        p = [Fraction(rng.randint(1, 64), 1024) for _ in range(n)]
        expected = [float(value) for value in oracle.holm(p)]
        assert adjust_holm(np.array(p, dtype=float)).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("block_size", [100, 1 << 30])
def test_size_of_blocks_changes_no_number(monkeypatch, block_size):
    rng = np.random.default_rng(5)
    first, second = (
        np.array(
            [rng.integers(0, 5, (9, 17)), rng.integers(0, 5, (9, 17)), np.full((9, 17), 9)],
            dtype=float,
        )
        for _ in range(2)
    )
    expected = swap_test(first, second, 0.5)
    pair_tests._swaps.cache_clear()
    monkeypatch.setattr(pair_tests, "BLOCK_SIZE", block_size)
    monkeypatch.setattr(pair_tests, "PAIRS_AT_A_TIME", 2)
    assert swap_test(first, second, 0.5).tolist() == expected.tolist()


def test_holm_is_at_most_1():
    assert adjust_holm(np.array([0.6, np.nan, 0.9, 0.7])).tolist()[2:] == [1, 1]
    assert adjust_holm(np.array([0.4, 0.6])).tolist() == [0.8, 0.8]


def test_random_swaps_are_9999_and_none():
    first, second = (np.ones((3, 1, 14)), np.ones((3, 1, 14)))
    first[0], second[0] = 1, 0
    assert swap_test(first, second, 0)[0] * 10_000 == pytest.approx(1, abs=4)
    assert sum(map(len, pair_tests._swap_blocks(14))) == 10_000
