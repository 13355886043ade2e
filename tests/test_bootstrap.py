"""Intervals, ranks and separation: against numbers by hand and an independent plain loop."""

import math
import random
import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import bootstrap
import config
import win_rates


def plain_rate(model, benchmarks, tie_credit):
    """Win rate of a list of (wins, ties, comparisons) by benchmark, of some of its places."""
    wins = sum(model[b][0] + tie_credit * model[b][1] for b in benchmarks)
    comparisons = sum(model[b][2] for b in benchmarks)
    return wins / comparisons if comparisons else math.nan


def plain_quantile(values, fraction):
    values = sorted(values)
    place = fraction * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


def plain_tail(n):
    return stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))


def plain_interval(model, tie_credit, draws, rng):
    own = [b for b, (_, _, comparisons) in enumerate(model) if comparisons]
    rates = [plain_rate(model, rng.choices(own, k=len(own)), tie_credit) for _ in range(draws)]
    tail = plain_tail(len(own))
    return plain_quantile(rates, tail), plain_quantile(rates, 1 - tail)


def agree(limits, others):
    """Whether limits are those of several plain computations, to within their sampling error."""
    for limit, of_others in zip(limits, zip(*others, strict=True), strict=True):
        error = statistics.stdev(of_others) + 0.002
        assert limit == pytest.approx(statistics.mean(of_others), abs=4 * error)


def a_board(seed, models=6, benchmarks=9, share=0.8):
    """Accuracies in steps, so that there are ties, as wins, ties and comparisons."""
    rng = np.random.default_rng(seed)
    ran = rng.random((models, benchmarks)) < share
    score = np.round(rng.random((models, benchmarks)) + np.linspace(0, 0.6, models)[:, None], 1)
    score[~ran] = np.nan
    wins = (score[:, None] > score).sum(axis=1)
    ties = (score[:, None] == score).sum(axis=1) - ran
    return wins, ties, np.where(ran, ran.sum(axis=0) - 1, 0)


def of_model(board, model):
    return list(zip(*(part[model].tolist() for part in board), strict=True))


@pytest.mark.parametrize("tie_credit", [0, 0.5, 0.3])
def test_intervals_agree_with_a_plain_loop(tie_credit):
    board = a_board(1)
    low, high = bootstrap.intervals(*board, tie_credit)
    rng = random.Random(5)
    for model in range(6):
        plain = [plain_interval(of_model(board, model), tie_credit, 4000, rng) for _ in range(5)]
        for limit, others in (
            (low[model], [p[0] for p in plain]),
            (high[model], [p[1] for p in plain]),
        ):
            error = statistics.stdev(others) + 0.002
            assert limit == pytest.approx(statistics.mean(others), abs=4 * error)


def test_expanded_percentiles_are_those_of_hesterberg():
    """n = 2 by hand: t is 12.7062, √2 times that 17.969; and against SciPy's distributions."""
    tail, upper = bootstrap.expanded_percentiles(2)
    assert tail == pytest.approx(stats.norm.cdf(-17.9693), rel=1e-3)
    assert upper == 1
    for n in (3, 7, 11, 50):
        assert bootstrap.expanded_percentiles(n) == pytest.approx(
            (plain_tail(n), 1 - plain_tail(n))
        )
    assert bootstrap.expanded_percentiles(10**6)[0] == pytest.approx(0.025, rel=1e-4)


def test_two_benchmarks_by_hand():
    """Rates of 1 and 0 in two equal benchmarks: the draws give 0, 1/2 and 1, limits 0 and 1.

    A model that wins everywhere has no spread; with one benchmark there is no interval.
    """
    wins = np.array([[4, 0, 0], [4, 4, 0], [4, 0, 0], [0, 0, 0]])
    comparisons = np.array([[4, 4, 0], [4, 4, 0], [4, 0, 0], [0, 0, 0]])
    low, high = bootstrap.intervals(wins, np.zeros_like(wins), comparisons, 0)
    assert low.tolist()[:2] == [0, 1]
    assert high.tolist()[:2] == [1, 1]
    assert np.isnan(low[2:]).all()
    assert np.isnan(high[2:]).all()


def test_draws_are_of_as_many_benchmarks_and_the_same_each_time():
    drawn = bootstrap._drawn(7)
    assert drawn.shape == (9999, 7)
    assert (drawn.sum(axis=1) == 7).all()
    assert (drawn == bootstrap._drawn(7)).all()
    # Each benchmark once a draw on average, with a variance of 1 - 1/7.
    assert drawn.mean(axis=0) == pytest.approx(1, abs=5 * math.sqrt(6 / 7 / 9999))
    assert drawn.var() == pytest.approx(6 / 7, rel=0.03)


def plain_rank_range(board, tie_credit, draws, rng):
    models, benchmarks = board[0].shape
    ranks = [[] for _ in range(models)], [[] for _ in range(models)]
    for _ in range(draws):
        chosen = rng.choices(range(benchmarks), k=benchmarks)
        rates = [plain_rate(of_model(board, m), chosen, tie_credit) for m in range(models)]
        for m in range(models):
            if not math.isnan(rates[m]):
                ranks[0][m].append(1 + sum(other > rates[m] for other in rates))
                ranks[1][m].append(sum(other >= rates[m] for other in rates))
    lows = [np.quantile(best, 0.025, method="inverted_cdf") for best in ranks[0]]
    highs = [np.quantile(worst, 0.975, method="inverted_cdf") for worst in ranks[1]]
    return lows, highs


@pytest.mark.parametrize("tie_credit", [0, 0.5])
def test_rank_ranges_agree_with_a_plain_loop(tie_credit):
    board = a_board(2, models=5, benchmarks=6)
    low, high = bootstrap.rank_ranges(*board, tie_credit)
    rng = random.Random(3)
    plain = [plain_rank_range(board, tie_credit, 1500, rng) for _ in range(7)]
    for found, limits in ((low, [p[0] for p in plain]), (high, [p[1] for p in plain])):
        for model in range(5):
            others = [limit[model] for limit in limits]
            assert min(others) <= found[model] <= max(others)


def test_rank_ranges_by_hand():
    """A beats B and C everywhere; B and C tie everywhere, so both take the ranks 2 and 3."""
    wins = np.array([[2, 2], [0, 0], [0, 0], [0, 0]])
    ties = np.array([[0, 0], [1, 1], [1, 1], [0, 0]])
    comparisons = np.array([[2, 2], [2, 2], [2, 2], [0, 0]])
    low, high = bootstrap.rank_ranges(wins, ties, comparisons, 0)
    assert low[:3].tolist() == [1, 2, 2]
    assert high[:3].tolist() == [1, 3, 3]
    assert np.isnan([low[3], high[3]]).all()


@given(st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0, math.nan]), min_size=4, max_size=4)))
def test_ranks_agree_with_counting(rows):
    rates = np.array(rows, float).reshape(-1, 4)
    best, worst = bootstrap._ranks(rates)
    for row, (firsts, lasts) in zip(rates.tolist(), zip(best, worst, strict=True), strict=True):
        for rate, first, last in zip(row, firsts, lasts, strict=True):
            if math.isnan(rate):
                assert math.isnan(first) and math.isnan(last)
            else:
                assert first == 1 + sum(other > rate for other in row)
                assert last == sum(other >= rate for other in row)


def test_differences_agree_with_a_plain_loop():
    board = a_board(4)
    better, worse = ([part[models] for part in board] for models in ([5, 4, 3], [4, 3, 0]))
    difference, low, high, common = bootstrap.difference_intervals(better, worse, 0.5)
    rng = random.Random(8)
    for pair in range(3):
        one, other = of_model(better, pair), of_model(worse, pair)
        both = [b for b in range(9) if one[b][2] and other[b][2]]
        assert common[pair] == len(both)
        assert difference[pair] == pytest.approx(
            plain_rate(one, both, 0.5) - plain_rate(other, both, 0.5)
        )
        limits = []
        for _ in range(5):
            drawn = [rng.choices(both, k=len(both)) for _ in range(4000)]
            values = [plain_rate(one, d, 0.5) - plain_rate(other, d, 0.5) for d in drawn]
            tail = plain_tail(len(both))
            limits.append((plain_quantile(values, tail), plain_quantile(values, 1 - tail)))
        for found, others in (
            (low[pair], [p[0] for p in limits]),
            (high[pair], [p[1] for p in limits]),
        ):
            error = statistics.stdev(others) + 0.002
            assert found == pytest.approx(statistics.mean(others), abs=4 * error)


def test_differences_without_common_benchmarks():
    one = [np.array([[1, 0], [1, 0]]), np.zeros((2, 2)), np.array([[1, 0], [1, 0]])]
    other = [np.array([[0, 1], [0, 1]]), np.zeros((2, 2)), np.array([[0, 1], [1, 1]])]
    difference, low, high, common = bootstrap.difference_intervals(one, other, 0)
    assert common.tolist() == [0, 1]
    assert math.isnan(difference[0]) and difference[1] == 1
    assert np.isnan([low, high]).all()


# Through the scripts.

TABLES = ["model_win_rates", "model_win_rates_max", "model_win_rates_pareto"]


def write_board(project, models=6, benchmarks=7):
    rng = random.Random(0)
    rows = [
        (f"b{b}", scaffold, f"m{m}", round(rng.random() / 2 + m / models / 2, 1), rng.random(), 1.0)
        for m in range(models)
        for b in range(benchmarks)
        for scaffold in ("S", "T")
        if rng.random() < 0.8
    ]
    rows += [("b0", "S", "once", 0.3, 1.0, 1.0), ("alone", "S", "m0", 0.3, 1.0, 1.0)]
    project.write_runs(rows)
    project.run_well("cost_accuracy_curve.py")
    project.run_well("win_rates.py")


def test_columns_and_empty_cells(project):
    write_board(project)
    for name in TABLES:
        text = (project.tables / f"{name}.csv").read_text()
        assert text.splitlines()[0] == (
            "model_name_short,win_rate_mean,win_rate_std,win_rate_count,wins_sum,comparisons_sum,"
            "overall_win_rate,win_rate_ci_low,win_rate_ci_high,rank,rank_low,rank_high,benchmarks,"
            "ties_sum"
        )
        rates = project.table(f"{name}.csv").set_index("model_name_short")
        assert rates.win_rate_ci_low.isna().tolist() == [False] * 6 + [True]
        assert rates.win_rate_ci_high.isna().tolist() == [False] * 6 + [True]
        assert rates.loc["once", "benchmarks"] == 1
        ordered = rates.sort_values("overall_win_rate", ascending=False).overall_win_rate.tolist()
        assert rates["rank"].tolist() == [1 + ordered.index(r) for r in rates.overall_win_rate]
        assert (rates.rank_low <= rates["rank"]).all() and (rates["rank"] <= rates.rank_high).all()
        assert ",1," in text and ",1.0," not in text.split("\n", 1)[1].replace(",1.0,1.0,", "")


def test_separation_of_neighbours(project):
    """A wins all of eight benchmarks, B beats C and D in four of eight, C and D never differ."""
    rows = []
    for b in range(8):
        second, third = (0.6, 0.4) if b < 4 else (0.4, 0.6)
        scores = {"A": 0.9, "B": second, "C": third, "D": third}
        rows += [(f"b{b}", "S", model, score, 1.0, 1.0) for model, score in scores.items()]
    project.write_runs(rows)
    project.run_well("cost_accuracy_curve.py")
    project.run_well("win_rates.py")
    table = project.table("model_rank_separation.csv")
    assert table.columns.tolist() == [
        "compared_by",
        "rank",
        "model_name_short",
        "next_model",
        "overall_win_rate",
        "next_win_rate",
        "common_benchmarks",
        "difference",
        "difference_ci_low",
        "difference_ci_high",
        "separated",
    ]
    assert set(table.compared_by) == {"scaffold", "max", "pareto"}
    table = table[table.compared_by == "max"].reset_index(drop=True)
    # Wins of three: A 3 of 3 always, B 2 of 3 in four of eight, C and D 1 of 3 in the others.
    assert table.model_name_short.tolist() == ["A", "B", "C"]
    assert table.next_model.tolist() == ["B", "C", "D"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table.overall_win_rate.tolist() == pytest.approx([1, 8 / 24, 4 / 24])
    assert table.difference.tolist() == pytest.approx([16 / 24, 4 / 24, 0])
    # A and B differ by 1/3 at least in every benchmark; C and D by nothing.
    assert table.separated.tolist() == [True, False, False]
    assert table.difference_ci_low[0] >= 1 / 3
    # B and C differ by 2/3 in four benchmarks and by -1/3 in four. The limit stands at 0.57 % of
    # the draws: all eight benchmarks are of the second kind in 1 of 256, seven in 8 of 256.
    assert 1 / 256 < plain_tail(8) < 9 / 256
    assert table.difference_ci_low[1] == pytest.approx(2 / 3 - 7 / 8)
    assert table.difference_ci_low[2] == table.difference_ci_high[2] == 0


def test_any_number_of_cores_gives_the_same_bytes(project, monkeypatch):
    contents = set()
    for threads in ("1", "2", "7"):
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            monkeypatch.setenv(name, threads)
        project.configure("TIE_CREDIT = 0.3\n")
        write_board(project, models=60, benchmarks=20)
        names = sorted(project.tables.glob("model_*.csv"))
        contents.add(tuple(name.read_bytes() for name in names))
    assert len(contents) == 1


def test_half_a_win_for_a_tie_runs_through(project):
    """A and B tie in b1 and b2; each beats C in both."""
    rows = [(b, "S", m, 0.2 if m == "C" else 0.5, 1.0, 1.0) for b in ("b1", "b2") for m in "ABC"]
    project.write_runs(rows)
    project.configure("TIE_CREDIT = 0.5\n")
    for script in ("cost_accuracy_curve", "win_rates", "convex_hull"):
        project.run_well(f"{script}.py")
    rates = project.table("model_win_rates_max.csv")
    assert rates.overall_win_rate.tolist() == [0.75, 0.75, 0]
    assert rates.win_rate_ci_low.tolist() == [0.75, 0.75, 0]
    assert rates.wins_sum.tolist() == [3, 3, 0]
    assert rates.ties_sum.tolist() == [2, 2, 0]
    assert rates["rank"].tolist() == [1, 1, 3]
    assert rates.rank_low.tolist() == [1, 1, 3]
    assert rates.rank_high.tolist() == [2, 2, 3]
    frontier = project.table("cost_win_rate_max.csv")
    assert frontier.win_rate_ci_high.tolist() == [0.75, 0.75, 0]
    project.configure("TIE_CREDIT = 0.25\n")
    assert project.fail("visualizations.py") == (
        "data/benchmark_win_rates.csv does not go with TIE_CREDIT = 0.25 in config.py: run "
        "win_rates.py again, then convex_hull.py."
    )


# Only benchmarks that all models share.

SHARED = [
    ("b1", "S", "A", 0.9, 4.0, 1.0),
    ("b1", "S", "B", 0.5, 2.0, 3.0),
    ("b2", "S", "A", 0.4, 8.0, 1.0),
    ("b2", "S", "B", 0.6, 6.0, 5.0),
    ("easy", "S", "B", 0.9, 100.0, 100.0),
    ("easy", "S", "B", 0.8, 100.0, 100.0),
]


def test_common_benchmarks(project):
    project.write_runs(
        [*SHARED, ("b1", "S", "C", 0.1, 1.0, 1.0), ("easy", "S", "C", 0.1, 1.0, 1.0)]
    )
    stages = "cost_accuracy_curve", "win_rates", "convex_hull"
    output = project.run_well("run_pipeline.py", "--only", *stages, "--common-benchmarks")
    # b1 alone: A beats B and C, B beats C.
    rates = project.table("model_win_rates_max.csv")
    assert rates.overall_win_rate.tolist() == [1, 0.5, 0]
    assert rates.benchmarks.tolist() == [1, 1, 1]
    assert project.table("model_win_rates_pareto.csv").benchmarks.tolist() == [1, 1, 1]
    assert set(project.table("benchmark_win_rates.csv").benchmark_name) == {"b1"}
    assert project.table("model_mean_cost.csv").mean_cost.tolist() == [4, 2, 1]
    assert project.table("model_mean_latency.csv").mean_of_mean_latency.tolist() == [1, 3, 1]
    assert set(project.table("pareto_distances.csv").benchmark_name) == {"b1", "b2", "easy"}
    assert "3 runs, 3 distances of 1 benchmarks" in output
    # Back to all: with half of it done, the figures would mix both.
    project.run_well("win_rates.py")
    message = project.fail("visualizations.py")
    assert message.startswith("data/cost_win_rate_max.csv, line 2, model_name_short 'A', overall_")
    assert message.endswith(
        " is in no line of data/model_win_rates_max.csv: run convex_hull.py again, which makes it."
    )
    project.run_well("convex_hull.py")
    assert project.table("model_mean_cost.csv").mean_cost.tolist() == [6, 36, 1]
    project.run_well("visualizations.py")


def test_no_common_benchmarks(project):
    project.write_runs([*SHARED, ("easy", "S", "C", 0.1, 1.0, 1.0)])
    project.run_well("cost_accuracy_curve.py")
    assert project.fail("win_rates.py", "--common-benchmarks") == (
        "--common-benchmarks: there are none, no benchmark was run with all 3 models (C ran on the "
        "fewest: 1 of 3): leave the option out, or models, by EXCLUDED_MODELS in config.py."
    )


def test_the_check_says_on_how_many_benchmarks_each_model_ran(project):
    project.write_runs(SHARED)
    output = project.run_well("check_data.py")
    assert (
        """
Benchmarks of each model, of 3
  A: 2, without easy
  B: 3
  all models share 2: b1, b2
"""
        in output
    )
    assert output.endswith("; all models share 2 of 3 benchmarks\n")


def test_common_benchmarks_is_no_option_of_other_stages(project):
    process = project.run("run_pipeline.py", "--only", "convex_hull", "--common-benchmarks")
    assert process.returncode == 2
    assert process.stderr.endswith(
        "argument --common-benchmarks: is one of win_rates.py, which is not run\n"
    )


def test_ties_of_a_board_are_counted(monkeypatch):
    monkeypatch.setattr(config, "TIE_CREDIT", 0.5)
    results = pd.DataFrame(
        {"model_name_short": list("ABCD"), "benchmark_name": "b", "accuracy": [3, 2, 2, 1.0]}
    )
    counts = win_rates.count_wins(results, ["benchmark_name"], results.accuracy)
    assert counts.beaten.tolist() == [3, 1, 1, 0]
    assert counts.ties.tolist() == [0, 1, 1, 0]
    assert counts.wins.tolist() == [3, 1.5, 1.5, 0]
