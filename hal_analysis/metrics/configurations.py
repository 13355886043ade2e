"""Configurations: what competes, with repeats averaged.

A configuration is a benchmark, a scaffold and a model. Several runs of one configuration are
repeats.
"""

import numpy as np
import pandas as pd

CONFIGURATION = ["benchmark_name", "agent_name_short", "model_name_short"]
PAIR = ["benchmark_name", "model_name_short"]
METRICS = ["accuracy", "total_cost", "mean_latency"]


def categorize_names(runs: pd.DataFrame) -> pd.DataFrame:
    """Make the columns of `CONFIGURATION` categorical, which makes grouping by them faster."""
    return runs.astype(dict.fromkeys(CONFIGURATION, "category"))


def select_competitors(runs: pd.DataFrame, average_repeats: bool) -> pd.DataFrame:
    """Return the configurations that compete or, as published, the single runs.

    Values are rounded to 14 significant digits, so that equal ones tie: in floating-point numbers,
    the mean of 0.1, 0.2 and 0.3 is not 0.2.

    Parameters
    ----------
    runs : DataFrame with the columns of `CONFIGURATION` and some of `METRICS`
    average_repeats : bool
        The setting `AVERAGE_REPEATS` of `config.py`.

    Returns
    -------
    DataFrame
        The columns of `runs`, and `runs`, the number of repeats that a row averages.
    """
    competitors = average_over_repeats(runs) if average_repeats else runs.assign(runs=1)
    metrics = [column for column in METRICS if column in runs]
    return competitors.assign(**competitors[metrics].apply(round_to_significant_digits))


def average_over_repeats(runs: pd.DataFrame) -> pd.DataFrame:
    """Average accuracy, cost and latency over the repeats of each configuration.

    Values that are not stated are left out of a mean. The result does not depend on the order of
    the runs.

    Parameters
    ----------
    runs : DataFrame with the columns of `CONFIGURATION` and some of `METRICS`

    Returns
    -------
    DataFrame
        One row for each configuration, sorted by name, with `runs`, the number of repeats.
    """
    metrics = [column for column in METRICS if column in runs]
    runs = runs[[*CONFIGURATION, *metrics]].sort_values(CONFIGURATION, ignore_index=True)
    names = runs[CONFIGURATION]
    is_first = (names != names.shift()).any(axis=1).to_numpy()
    first = np.flatnonzero(is_first)
    averages = runs.iloc[first].reset_index(drop=True)
    if len(first) < len(runs):
        numbered = runs.assign(number=is_first.cumsum())
        for name in metrics:
            averages[name] = mean_by_group(numbered, ["number"], name).to_numpy()
    return averages.assign(runs=np.diff(first, append=len(runs)))


def round_to_significant_digits(values: pd.Series, n_digits: int = 14) -> pd.Series:
    """Round numbers of at least 0 to some significant digits; NaN stays."""
    exponents = np.floor(np.log10(values.where(values > 0, 1)))
    scale = 10.0 ** np.clip(n_digits - 1 - exponents, 0, 22)  # larger powers of ten are not exact
    return np.rint(values * scale) / scale


def select_priced(competitors: pd.DataFrame, on_all_benchmarks: bool) -> pd.DataFrame:
    """Select the rows with a cost, and, if asked, only models with a cost on all benchmarks.

    Benchmarks on which no model has a cost do not count.
    """
    priced = competitors.dropna(subset="total_cost")
    if not on_all_benchmarks:
        return priced
    by_model = priced.groupby("model_name_short", observed=True)
    n_benchmarks = by_model.benchmark_name.transform("nunique")
    return priced[n_benchmarks == priced.benchmark_name.nunique()]


def mean_by_group(rows: pd.DataFrame, group: list[str], column: str) -> pd.Series:
    """Average a column within groups; the order of rows does not change the rounding."""
    ordered = rows[[*group, column]].sort_values(column)
    return ordered.groupby(group, observed=True)[column].mean()


def mean_over_benchmarks(runs: pd.DataFrame, column: str, mean_column: str) -> pd.DataFrame:
    """Average a column over all runs of each model and benchmark, then over benchmarks.

    Returns
    -------
    DataFrame
        model_name_short and `mean_column`; without models that have no value.
    """
    per_benchmark = mean_by_group(runs, PAIR, column).reset_index()
    means = mean_by_group(per_benchmark, ["model_name_short"], column).dropna()
    return means.reset_index(name=mean_column)


def select_best(competitors: pd.DataFrame, cost_column: str) -> pd.DataFrame:
    """Select the best competitor of each model on each benchmark.

    The best one has the highest accuracy. Among equal accuracies, the lowest cost counts, then a
    stated cost, then the name of the scaffold.

    Parameters
    ----------
    competitors : DataFrame with the columns of `CONFIGURATION`, accuracy and `cost_column`
    cost_column : str

    Returns
    -------
    DataFrame
        One row for each pair of benchmark and model, sorted by these.
    """
    highest = competitors.groupby(PAIR, observed=True).accuracy.transform("max")
    ranked = competitors[competitors.accuracy == highest].sort_values(
        [cost_column, "agent_name_short"], kind="stable"
    )
    return ranked.drop_duplicates(PAIR).sort_values(PAIR, ignore_index=True)
