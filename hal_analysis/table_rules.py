"""Rules that cells of one row, or rows of one table, must meet together.

`schema.py` lists the rules of each table. A rule is checked if all of its columns are read.
"""

import itertools
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# Of numbers that follow from each other: a spreadsheet rounds to 15 digits.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Rule:
    """What must hold for each row.

    Attributes
    ----------
    columns : tuple of str
    is_met : callable
        Takes a frame with these columns and returns for each row whether it meets the rule.
    expected : str
        The rule as the end of an error message.
    """

    columns: tuple[str, ...]
    is_met: Callable[[pd.DataFrame], pd.Series]
    expected: str


def not_above(low: str, high: str) -> Rule:
    """Return the rule that one number is not larger than another, if both are stated."""
    return Rule(
        (low, high),
        lambda rows: ~(rows[low] > rows[high] + TOLERANCE),
        f"{low} must not be larger than {high}",
    )


def equal(first: str, second: str) -> Rule:
    """Return the rule that two numbers are equal, or both are empty."""
    return Rule(
        (first, second),
        lambda rows: _are_close(rows[first], rows[second]),
        f"{first} must be equal to {second}",
    )


def adds_up(parts: Sequence[str], total: str) -> Rule:
    """Return the rule that numbers add up to a total."""
    return Rule(
        (*parts, total),
        lambda rows: _are_close(rows[[*parts]].sum(axis=1), rows[total]),
        f"{', '.join(parts)} must add up to {total}",
    )


def win_rate() -> Rule:
    """Return the rule that a win rate is the ratio of wins and comparisons."""
    return Rule(
        ("wins_sum", "comparisons_sum", "overall_win_rate"),
        lambda rows: _are_close(
            rows.wins_sum / rows.comparisons_sum.where(rows.comparisons_sum > 0),
            rows.overall_win_rate,
        ),
        "overall_win_rate must be wins_sum divided by comparisons_sum, if there are any",
    )


def zero_distance() -> Rule:
    """Return the rule that exactly the rows on the frontier have the distance 0."""
    return Rule(
        ("pareto_optimal", "pareto_distance"),
        lambda rows: rows.pareto_optimal == (rows.pareto_distance == 0),
        "pareto_distance must be 0 if, and only if, pareto_optimal is True",
    )


def frontier(cost: str, score: str, group: Sequence[str] = ()) -> Rule:
    """Return the rule that the flags of a frontier agree with its costs and scores.

    No other row is better than an efficient one in both, and rows on the frontier are efficient. Of
    the cheapest and of the best rows, at least one is on the frontier. Where it lies between them
    is not computed again.
    """

    def is_met(rows: pd.DataFrame) -> pd.Series:
        keys = [rows[column] for column in group] or [pd.Series("", rows.index)]
        ordered = rows.sort_values([cost, score], ascending=[True, False])
        ordered_keys = [key.loc[ordered.index] for key in keys]
        best_so_far = ordered[score].groupby(ordered_keys).cummax()
        best_of_cheaper = best_so_far.groupby(ordered_keys).shift()
        is_dominated = best_of_cheaper > ordered[score] + TOLERANCE
        costs, scores = rows[cost].groupby(keys), rows[score].groupby(keys)
        margin = TOLERANCE * costs.transform("max")
        is_cheapest = rows[cost] <= costs.transform("min") + margin
        is_best = rows[score] >= scores.transform("max") - TOLERANCE
        has_flag = [
            rows.pareto_optimal.where(is_end, False).groupby(keys).transform("any")
            for is_end in (is_cheapest, is_best)
        ]
        contradicts = (
            rows.pareto_efficient & is_dominated | rows.pareto_optimal & ~rows.pareto_efficient
        )
        return ~contradicts & has_flag[0] & has_flag[1]

    return Rule(
        (*group, cost, score, "pareto_optimal", "pareto_efficient"),
        is_met,
        f"pareto_optimal or pareto_efficient contradicts {cost} and {score}",
    )


def unique_run(*columns: str) -> Rule:
    """Return the rule that no run occurs twice with the same results."""
    return Rule(
        columns,
        lambda rows: ~_is_repeated(rows, list(columns)),
        "this run also occurs in a row above",
    )


def chain(first: str, second: str, group: str) -> Rule:
    """Return the rule that rows form a chain: each second name is the first one of another row.

    Only the last row of a chain has a second name without a row of its own.
    """

    def is_met(rows: pd.DataFrame) -> pd.Series:
        starts = pd.MultiIndex.from_frame(rows[[group, first]])
        ends = pd.MultiIndex.from_frame(rows[[group, second]])
        is_end = pd.Series(~ends.isin(starts), rows.index)
        return ~(is_end & (is_end.groupby(rows[group]).transform("sum") > 1))

    return Rule(
        (group, first, second),
        is_met,
        f"the row with this {second} as {first} is missing",
    )


def all_pairs(first: str, second: str, group: str) -> Rule:
    """Return the rule that a group has a row for every pair of its names."""

    def is_met(rows: pd.DataFrame) -> pd.Series:
        names = pd.concat([rows[[group, first]].set_axis([group, second], axis=1), rows])
        n_names = rows[group].map(names.groupby(group)[second].nunique())
        n_rows = rows.groupby(group)[first].transform("size")
        return n_rows == n_names * (n_names - 1) // 2

    return Rule((group, first, second), is_met, "a pair of these models is missing")


def mean_of_list(cells: str, mean: str) -> Rule:
    """Return the rule that cells are JSON lists of seconds with a given mean.

    An empty list and an empty mean agree with everything: they are not known.
    """
    return Rule(
        (cells, mean),
        lambda rows: _have_mean(rows[cells], rows[mean]),
        f"{cells} must be a JSON list of numbers of which {mean} is the mean",
    )


def _are_close(first: pd.Series, second: pd.Series) -> pd.Series:
    is_close = np.isclose(first, second, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return pd.Series(is_close, first.index)


def _is_repeated(rows: pd.DataFrame, columns: list[str]) -> pd.Series:
    is_candidate = rows.run_id.duplicated(keep=False).to_numpy()  # cheap, and usually of no row
    is_repeated = np.zeros(len(rows), dtype=bool)
    is_repeated[is_candidate] = rows.loc[is_candidate, columns].duplicated().to_numpy()
    return pd.Series(is_repeated, rows.index)


def _have_mean(cells: pd.Series, means: pd.Series) -> pd.Series:
    texts, stated = cells.to_numpy(dtype=object).tolist(), means.to_numpy()
    step = 100_000  # lists that are parsed at a time
    blocks = [slice(start, start + step) for start in range(0, len(texts), step)]
    is_met = [_lists_have_mean(texts[block], stated[block]) for block in blocks]
    return pd.Series(np.concatenate([np.ones(0, dtype=bool), *is_met]), cells.index)


def _lists_have_mean(texts: list[str], stated: np.ndarray) -> np.ndarray:
    try:
        lists = json.loads(f"[{','.join(text or '[]' for text in texts)}]")
        values, n_values = _flatten(lists, len(texts))
    except (ValueError, TypeError, RecursionError, OverflowError):
        values, n_values = _flatten([_parse_list(text) for text in texts], len(texts))
    totals = np.bincount(np.repeat(np.arange(len(texts)), n_values), values, len(texts))
    is_close = np.isclose(totals, stated * n_values, rtol=TOLERANCE, atol=0)
    return is_close | (n_values == 0) | np.isnan(stated)


def _flatten(lists: list, n_lists: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of lists and how many each one has; a ValueError for anything else."""
    if len(lists) != n_lists or not set(map(type, lists)) <= {list}:
        raise ValueError("not one list for each cell")
    numbers = list(itertools.chain.from_iterable(lists))
    if not set(map(type, numbers)) <= {int, float}:
        raise ValueError("not a list of numbers")
    return np.array(numbers, dtype=float), np.array([len(each) for each in lists], dtype=int)


def _parse_list(text: str) -> list[float]:
    """Return the numbers of a JSON list, or a NaN, which no mean is equal to, for anything else."""
    try:
        numbers = json.loads(text or "[]")
        values, _ = _flatten([numbers], 1)
        return numbers if np.isfinite(values).all() else [math.nan]
    except (ValueError, TypeError, RecursionError, OverflowError):
        return [math.nan]
