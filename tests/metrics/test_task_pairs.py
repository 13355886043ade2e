"""Paired comparisons by tasks against plain loops, and numbers by hand."""

import itertools
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hal_analysis.metrics.configurations import select_best, select_competitors
from hal_analysis.metrics.task_pairs import (
    PAIR_COLUMNS,
    add_decided_counts,
    compare_groups,
    compare_tasks,
)
from hal_analysis.metrics.task_tests import count_units


def make_tables(solved, n_tasks=None, scaffold="S", benchmark="b"):
    """Return task results and runs of models; `solved` has a text of digits for each model.

    Each digit is the score of a task in tenths; "-" is a task that did not run, "X" the score 1.
    """
    rows, runs = [], []
    for model, digits in solved.items():
        name, _, run = model.partition("#")
        scores = {i: 1.0 if d == "X" else int(d) / 10 for i, d in enumerate(digits) if d != "-"}
        key = (benchmark, scaffold, name, f"{scaffold}{name}{run}")
        rows += [(*key, f"t{task}", score) for task, score in scores.items()]
        accuracy = sum(scores.values()) / max(n_tasks or len(scores), 1)
        runs.append((*key, accuracy, 1.0))
    key = ["benchmark_name", "agent_name_short", "model_name_short", "run_id"]
    return (
        pd.DataFrame(rows, columns=[*key, "task_id", "score"]),
        pd.DataFrame(runs, columns=[*key, "accuracy", "total_cost"]),
    )


def compare(*tables):
    task_results, runs = (pd.concat(parts) for parts in zip(*tables, strict=True))
    return compare_tasks(task_results, runs, best_of(runs))


def best_of(runs):
    return select_best(select_competitors(runs, average_repeats=True), "total_cost")


def naive_pairs(task_results, runs):
    """Return the rows of binary scores without repeats that a plain loop gives, without Holm."""
    scores = {}
    for row in task_results.itertuples():
        key = row.benchmark_name, row.agent_name_short, row.model_name_short
        scores.setdefault(key, {})[row.task_id] = row.score
    best = {}
    for row in runs.itertuples():
        key = row.benchmark_name, row.model_name_short
        rank = (-row.accuracy, row.total_cost, row.agent_name_short)
        best[key] = min(best.get(key, rank), rank)
    pairs = {}
    for first, second in itertools.combinations(sorted(scores, key=lambda k: (k[0], k[2])), 2):
        if first[0] != second[0] or first[2] == second[2]:
            continue
        common = scores[first].keys() & scores[second].keys()
        if not common:
            continue
        b = sum(scores[first][task] > scores[second][task] for task in common)
        c = sum(scores[first][task] < scores[second][task] for task in common)
        p = stats.binomtest(b, b + c).pvalue if b + c else 1.0
        numbers = (len(common), b, c, (b - c) / len(common), p if len(common) >= 10 else None)
        if first[1] == second[1]:
            pairs["scaffold", *first, *second[1:]] = numbers
        if all(best[key[0], key[2]][2] == key[1] for key in (first, second)):
            pairs["max", *first, *second[1:]] = numbers
    return pairs


def test_pair_by_hand():
    # 12 tasks only A and 3 only B, of 40; the models agree on the others.
    a, b = "X" * 12 + "0" * 3 + "X" * 10 + "0" * 15, "0" * 12 + "X" * 3 + "X" * 10 + "0" * 15
    comparisons = compare(make_tables({"A": a, "B": b}))
    assert comparisons.pairs.compared_by.tolist() == ["scaffold", "max"]
    for row in comparisons.pairs.itertuples():
        assert (row.common_tasks, row.only_first, row.only_second) == (40, 12, 3)
        assert row.difference == 9 / 40
        assert row.p == row.p_holm == pytest.approx(0.0352, abs=5e-5)
        assert row.decided
        assert pd.isna(row.more_tasks)
    assert comparisons.difficulty.solved_share.tolist()[:3] == [0.5] * 3
    assert set(comparisons.difficulty.configurations) == {2}
    assert set(comparisons.pairs) == set(PAIR_COLUMNS)


def test_more_tasks_of_an_undecided_pair_by_hand():
    """8 tasks only A and 4 only B, of 40: psi is 0.3 and delta 0.1, so a test needs 253 tasks.

    Connor's formula: 1.95996 √0.3 + 0.84162 √0.29 = 1.52669, and ((1.52669 + √2.73078) / 0.2)².
    """
    pairs = compare(make_tables({"A": "X" * 8 + "0" * 32, "B": "0" * 8 + "X" * 4 + "0" * 28})).pairs
    assert pairs.decided.tolist() == [False, False]
    assert pairs.more_tasks.tolist() == [253 - 40] * 2


def test_pairs_with_equal_counts_differ_by_their_tasks():
    """A solves 8 tasks that B and C fail, and they 4 others; C ran on half of the tasks."""
    b = "0" * 8 + "X" * 4 + "0" * 68
    pairs = compare(make_tables({"A": "X" * 8 + "0" * 72, "B": b, "C": b[:40]})).pairs
    rows = pairs[(pairs.compared_by == "max") & (pairs.model_name_short == "A")]
    columns = ["other_model_name_short", "common_tasks", "only_first", "only_second", "difference"]
    assert rows[columns].to_numpy().tolist() == [["B", 80, 8, 4, 0.05], ["C", 40, 8, 4, 0.1]]


def test_pairs_of_binary_scores_agree_with_a_plain_loop():
    rng = random.Random(0)
    parts = [
        make_tables(
            {
                f"m{n}": "".join(rng.choices("0X-", [5, n + 1, 1], k=size))
                for n in rng.sample(range(5), 4)
            },
            scaffold=scaffold,
            benchmark=benchmark,
        )
        for benchmark, size in [("b1", 40), ("b2", 9), ("b3", 60)]
        for scaffold in "ST"
    ]
    pairs = compare(*parts).pairs
    names = ["compared_by", "benchmark_name", "agent_name_short", "model_name_short"]
    names += ["other_agent_name_short", "other_model_name_short"]
    numbers = ["common_tasks", "only_first", "only_second", "difference", "p"]
    found = {
        row[:6]: tuple(None if pd.isna(number) else number for number in row[6:])
        for row in pairs[names + numbers].itertuples(index=False, name=None)
    }
    expected = naive_pairs(*(pd.concat(part) for part in zip(*parts, strict=True)))
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert found[key] == pytest.approx(values), key


def test_holm_covers_the_pairs_of_one_benchmark_and_kind():
    # A solves 12 tasks more than B and 14 more than C; B and C differ in 2.
    solved = {"A": "X" * 14 + "0" * 6, "B": "0" * 12 + "XX" + "0" * 6, "C": "0" * 20}
    other = make_tables({"A": "X" * 20, "B": "0" * 20}, benchmark="other")
    pairs = compare(make_tables(solved), other).pairs
    p = [2 / 2**12, 2 / 2**14, 0.5]
    for compared_by in ("scaffold", "max"):
        of_this_kind = pairs[pairs.compared_by == compared_by]
        rows = of_this_kind[of_this_kind.benchmark_name == "b"]
        assert rows.p.tolist() == pytest.approx(p)
        assert rows.p_holm.tolist() == pytest.approx([2 * p[0], 3 * p[1], 0.5])
        assert rows.decided.tolist() == [True, True, False]
        assert rows.more_tasks.isna().tolist() == [True, True, False]
        others = of_this_kind[of_this_kind.benchmark_name == "other"]
        assert others.p_holm.tolist() == [2 / 2**20]


def test_tasks_to_decide_a_pair_do_not_depend_on_decided_pairs():
    """B and C are the only undecided pair, so they need as many tasks as without A."""
    solved = {"A": "X" * 14 + "0" * 6, "B": "0" * 12 + "XX" + "0" * 6, "C": "0" * 20}
    pairs = compare(make_tables(solved)).pairs
    del solved["A"]
    alone = compare(make_tables(solved)).pairs
    assert alone.more_tasks.notna().all()
    assert pairs[~pairs.decided].more_tasks.tolist() == alone.more_tasks.tolist()


def test_repeats_are_averaged_and_their_pairs_have_the_sign_flip_test():
    # The two repeats of A have the scores 1 and 0 on ten tasks, so their mean is 0.5.
    tables = make_tables({"A#1": "X" * 10 + "0" * 2, "A#2": "0" * 12, "B": "0" * 12})
    row = compare(tables).pairs.iloc[0]
    assert (row.common_tasks, row.only_first, row.only_second) == (12, 10, 0)
    assert row.difference == 5 / 12
    assert row.p == 2 / 2**10
    agreeing = make_tables({"A#1": "X" * 10 + "00", "A#2": "X" * 10 + "00", "B": "0" * 12})
    assert compare(agreeing).pairs.iloc[0].p == 2 / 2**10


def test_equal_means_of_three_repeats_have_no_difference():
    """A solves tasks 0, 1 and 2 in one of three repeats each, and B task 3 in all three."""
    a = {f"A#{n}": "0" * n + "X" + "0" * (11 - n) for n in range(3)}
    b = {f"B#{n}": "000X" + "0" * 8 for n in range(3)}
    row = compare(make_tables(a | b)).pairs.iloc[0]
    assert (row.common_tasks, row.only_first, row.only_second) == (12, 3, 1)
    assert (row.difference, row.p) == (0, 1)
    assert pd.isna(row.more_tasks)


def test_flips_of_averaged_repeats_that_tie_are_counted():
    """A gains 1/3 on three tasks and 1 on another, and B gains 1/3 on one.

    Of the 32 sums of ±1/3 (four times) and ±1, those of at least 5/3 in size are 7/3 and 5/3: each
    sign of the sum has 1 + 4.
    """
    a = {f"A#{n}": "0" * n + "X" + "0" * (2 - n) + "X" + "0" * 8 for n in range(3)}
    b = {f"B#{n}": "0000" + ("X" if n == 0 else "0") + "0" * 7 for n in range(3)}
    row = compare(make_tables(a | b)).pairs.iloc[0]
    assert (row.only_first, row.only_second) == (4, 1)
    assert row.difference == pytest.approx(5 / 3 / 12)
    assert row.p == 10 / 32


def repeats_of(model, n_solved, n_repeats):
    """Return the runs of a model that solves each task in some of its repeats."""
    return {
        f"{model}#{run}": "".join("X" if run < n else "0" for n in n_solved)
        for run in range(n_repeats)
    }


def test_sums_of_seventeen_repeats_that_are_equal_tie():
    """17 has no whole number of units, so each difference is rounded."""
    rest = [0] * 6
    a = repeats_of("A", [0, 3, 3, 3, *rest], 17)
    b = repeats_of("B", [6, 0, 0, 0, *rest], 17)
    # The differences are -6, 3, 3 and 3 of 17, so their sum 3 is the smallest of all flips.
    row = compare(make_tables(a | b)).pairs.iloc[0]
    assert (row.difference, row.p) == (pytest.approx(3 / 17 / 10), 1)
    a, b = repeats_of("A", [3, 0, 0, 0, *rest], 17), repeats_of("B", [0, 2, 1, 0, *rest], 17)
    row = compare(make_tables(a | b)).pairs.iloc[0]
    assert (row.difference, row.p) == (0, 1)


def test_no_number_of_tasks_decides_a_tiny_difference():
    """The scores of one task differ by 1e-8, those of ten others cancel each other."""
    tasks = [f"t{n}" for n in range(11)]
    a, b = [0.5] + [1, 0] * 5, [0.5 + 1e-8] + [0, 1] * 5
    rows = [
        ("b", "S", m, m, task, score)
        for m, scores in (("A", a), ("B", b))
        for task, score in zip(tasks, scores, strict=True)
    ]
    task_results, runs = make_tables({"A": "X", "B": "0"})
    task_results = pd.DataFrame(rows, columns=task_results.columns)
    pairs = compare_tasks(task_results, runs.assign(run_id=["A", "B"]), best_of(runs)).pairs
    assert pairs.difference.tolist() == pytest.approx([-1e-8 / 11] * 2, rel=0.02)
    assert pairs.more_tasks.isna().all()


def test_fewer_than_ten_common_tasks_have_no_test():
    pairs = compare(make_tables({"A": "X" * 9 + "-", "B": "0" * 10, "C": "5" * 9 + "-"})).pairs
    assert set(pairs.common_tasks) == {9}
    assert pairs[["p", "p_holm", "difference_ci_low", "more_tasks"]].isna().all(axis=None)
    assert not pairs.decided.any()
    assert compare(make_tables({"A": "X" * 9 + "-", "B": "-" * 9 + "X"})).pairs.empty


def test_best_configurations_are_compared_across_scaffolds():
    by_s = make_tables({"A": "X" * 12 + "0" * 8, "B": "X" + "0" * 19})
    by_t = make_tables({"A": "0" * 20, "B": "X" * 19 + "0"}, scaffold="T")
    pairs = compare(by_s, by_t).pairs
    best = pairs[pairs.compared_by == "max"]
    assert best.agent_name_short.tolist() == ["S"]
    assert best.other_agent_name_short.tolist() == ["T"]
    assert best[["only_first", "only_second"]].to_numpy().tolist() == [[0, 7]]


def test_runs_that_are_not_in_the_dataset_do_not_count():
    task_results, runs = make_tables({"A": "X" * 10, "B": "0" * 10})
    best = best_of(runs)
    assert compare_tasks(task_results, runs[runs.model_name_short == "A"], best).pairs.empty
    assert compare_tasks(task_results[:0], runs.drop(columns="run_id"), best).pairs.empty


@settings(max_examples=20)
@given(st.lists(st.text("0X5-", min_size=12, max_size=12), min_size=2, max_size=4))
def test_decided_undecided_and_untested_add_up(digits):
    models = [f"m{n}" for n in range(len(digits))]
    comparisons = compare(make_tables(dict(zip(models, digits, strict=True))))
    counts = comparisons.counts[comparisons.counts.compared_by == "max"]
    rates = pd.DataFrame({"model_name_short": models, "comparisons_sum": len(models) - 1})
    added = add_decided_counts(rates, counts)
    pairs = comparisons.pairs[comparisons.pairs.compared_by == "max"]
    n_pairs = len(models) * (len(models) - 1) // 2
    assert added.wins_decided.sum() == added.losses_decided.sum() == pairs.decided.sum()
    assert added.undecided.sum() == 2 * (pairs.p.notna() & ~pairs.decided).sum()
    assert added.untested.sum() == 2 * (n_pairs - pairs.p.notna().sum())
    for model, row in added.set_index("model_name_short").iterrows():
        first, second = (pairs[f"{side}model_name_short"] == model for side in ("", "other_"))
        wins = (first & (pairs.difference > 0)) | (second & (pairs.difference < 0))
        assert row.wins_decided == (wins & pairs.decided).sum()


def test_graded_scores_are_subtracted_by_hand():
    first, second = np.full(12, 0.75), np.linspace(0, 0.5, 12)
    tests = compare_groups(count_units(np.array([first, second])), [np.arange(2)])
    assert tests.difference.tolist() == [pytest.approx(0.75 - 0.25)]
    assert (tests.only_first[0], tests.only_second[0]) == (12, 0)
    assert tests.p[0] == 2 / 2**12


def test_interval_of_graded_scores_by_hand():
    """Differences of 1/2 and 0 on five tasks each: the standard error is 1/12, t is 2.262157."""
    tables = make_tables({"A": "5" * 5 + "0" * 5 + "-X", "B": "0" * 10 + "X-"})
    row = compare(tables).pairs.iloc[0]
    assert (row.common_tasks, row.difference) == (10, 0.25)
    assert row.difference_ci_low == pytest.approx(0.25 - 2.262157 / 12, abs=1e-6)
    assert row.difference_ci_high == pytest.approx(0.25 + 2.262157 / 12, abs=1e-6)
