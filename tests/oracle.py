"""Stages 3 to 5 in exact arithmetic: plain loops over fractions, no code of the project.

A run is a `Row`. Numbers are fractions, None where a value is not stated. Distances are compared by
their squares, which are rational.
"""

import itertools
from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple


class Row(NamedTuple):
    """A run, or a configuration that averages several."""

    benchmark: str
    scaffold: str
    model: str
    accuracy: Fraction
    cost: Fraction | None
    latency: Fraction | None
    runs: int = 1


class Wins(NamedTuple):
    """Wins with credit for ties, ties, and comparisons."""

    wins: Fraction
    ties: int
    comparisons: int


def group_by(rows, *fields):
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(getattr(row, field) for field in fields)].append(row)
    return dict(groups)


def mean(values):
    """Return the mean of the values that are stated, None without any."""
    stated = [value for value in values if value is not None]
    return sum(stated, Fraction(0)) / len(stated) if stated else None


def drop_zero_costs(rows):
    return [row._replace(cost=None) if row.cost == 0 else row for row in rows]


def average(rows):
    """Return one row for each configuration."""
    return [
        Row(
            *key,
            mean([run.accuracy for run in runs]),
            mean([run.cost for run in runs]),
            mean([run.latency for run in runs]),
            len(runs),
        )
        for key, runs in sorted(group_by(rows, "benchmark", "scaffold", "model").items())
    ]


def first_runs(rows):
    return [runs[0] for runs in group_by(rows, "benchmark", "scaffold", "model").values()]


def on_common_benchmarks(rows):
    models = {row.model for row in rows}
    ran = {key: {row.model for row in runs} for key, runs in group_by(rows, "benchmark").items()}
    return [row for row in rows if ran[row.benchmark,] == models]


def best_rows(rows, cost):
    """Return the best row of each benchmark and model; `cost` is "cost" or "latency".

    The highest accuracy counts, then a stated and low cost, then the scaffold, then the order.
    """

    def rank(row):
        amount = getattr(row, cost)
        return -row.accuracy, amount is None, amount or 0, row.scaffold

    return {key: min(runs, key=rank) for key, runs in group_by(rows, "benchmark", "model").items()}


def count_wins(scores, tie_credit):
    """Count wins within groups.

    Parameters
    ----------
    scores : dict of (group, model) to number
        Larger is better; a group is a tuple.
    tie_credit : Fraction
    """
    counts = {}
    for (group, model), score in scores.items():
        others = [s for (g, m), s in scores.items() if g == group and m != model]
        ties = sum(score == other for other in others)
        wins = sum(score > other for other in others) + tie_credit * ties
        counts[group, model] = Wins(wins, ties, len(others))
    return counts


def sum_by_model(counts):
    models = sorted({model for _, model in counts})
    return {
        model: Wins(*map(sum, zip(*(c for (_, m), c in counts.items() if m == model), strict=True)))
        for model in models
    }


def mean_over_benchmarks(rows, field):
    """Return the mean over the runs of each benchmark, then over benchmarks, by model."""
    per_benchmark = defaultdict(list)
    for (_, model), runs in group_by(rows, "benchmark", "model").items():
        per_benchmark[model].append(mean([getattr(run, field) for run in runs]))
    means = {model: mean(values) for model, values in sorted(per_benchmark.items())}
    return {model: value for model, value in means.items() if value is not None}


def scale(values):
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else Fraction(0) for value in values]


def frontier(points):
    """Return which points (cost, score) are efficient and below no segment between others."""
    efficient = [p for p in points if not any(dominates(q, p) for q in points)]
    segments = [(a, b) for a in efficient for b in efficient if a[0] < b[0]]
    return [p in efficient and not any(is_below(p, *ends) for ends in segments) for p in points]


def dominates(q, p):
    return q[0] <= p[0] and q[1] >= p[1] and q != p


def is_below(p, a, b):
    return a[0] < p[0] < b[0] and (p[1] - a[1]) * (b[0] - a[0]) < (b[1] - a[1]) * (p[0] - a[0])


def squared_distances(points):
    """Return the squared distance of each point to the frontier, in scaled units."""
    scaled = list(zip(*map(scale, zip(*points, strict=True)), strict=True))
    vertices = sorted({p for p, is_on in zip(scaled, frontier(scaled), strict=True) if is_on})
    segments = list(itertools.pairwise(vertices)) or [(vertices[0], vertices[0])]
    return [min(squared_distance(p, *ends) for ends in segments) for p in scaled]


def squared_distance(p, a, b):
    """Return the squared distance of a point to the segment from a to b."""
    along = b[0] - a[0], b[1] - a[1]
    squared_length = along[0] ** 2 + along[1] ** 2
    t = Fraction(0)
    if squared_length:
        t = ((p[0] - a[0]) * along[0] + (p[1] - a[1]) * along[1]) / squared_length
        t = min(max(t, Fraction(0)), Fraction(1))
    return (p[0] - a[0] - t * along[0]) ** 2 + (p[1] - a[1] - t * along[1]) ** 2


def frontiers_by_benchmark(best, cost):
    """Return for each benchmark and model whether it is on the frontier, and its distance²."""
    results = {}
    for (benchmark,), rows in group_by(best.values(), "benchmark").items():
        points = [(getattr(row, cost), row.accuracy) for row in rows]
        columns = zip(rows, frontier(points), squared_distances(points), strict=True)
        results |= {(benchmark, row.model): (is_on, squared) for row, is_on, squared in columns}
    return results


def priced_on_all_benchmarks(best):
    """Keep the models with a cost on every benchmark on which any model has one."""
    n_benchmarks = len({benchmark for benchmark, _ in best})
    counts = defaultdict(int)
    for _, model in best:
        counts[model] += 1
    return {key: row for key, row in best.items() if counts[key[1]] == n_benchmarks}


def swap_p(first, second):
    """Return the two-sided p-value of the exact swap test.

    Parameters
    ----------
    first, second : list of (wins, comparisons)
        The results of two models on each common benchmark.
    """
    observed = abs(difference(first, second))
    n_at_least = 0
    for swaps in itertools.product([False, True], repeat=len(first)):
        pairs = [(b, a) if s else (a, b) for a, b, s in zip(first, second, swaps, strict=True)]
        n_at_least += abs(difference(*zip(*pairs, strict=True))) >= observed
    return Fraction(n_at_least, 2 ** len(first))


def difference(first, second):
    return win_rate(first) - win_rate(second)


def win_rate(results):
    wins, comparisons = map(sum, zip(*results, strict=True))
    return Fraction(wins) / comparisons


def holm(p):
    """Return Holm's adjusted p-values, from the definition."""
    ranked = sorted(range(len(p)), key=lambda i: p[i])
    adjusted = [Fraction(0)] * len(p)
    for position, i in enumerate(ranked):
        steps = [(len(p) - k) * p[j] for k, j in enumerate(ranked[: position + 1])]
        adjusted[i] = min(Fraction(1), max(steps))
    return adjusted
