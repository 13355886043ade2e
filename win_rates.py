"""Stage 4. Win rates: how often each model beats the others.

Reads     data/cleaned_all_metrics.csv, data/pareto_distances.csv
Computes  win rates for each benchmark and over benchmarks, ranks, and their uncertainty
Writes    data/benchmark_win_rates{,_max,_pareto}.csv, data/model_win_rates{,_max,_pareto}.csv,
          data/model_rank_separation.csv

The win rate of a model is the share of its comparisons, with every other model on the same
benchmark, in which it is strictly better. A tie counts `TIE_CREDIT` (config.py). The overall win
rate is the sum of wins over benchmarks divided by the sum of comparisons.

What is compared:
  no suffix  accuracy, among the models that ran with the same scaffold; the first run counts
  _max       the best accuracy over scaffolds and runs
  _pareto    the distance from the cost-accuracy frontier of the benchmark, smaller is better;
             models without a cost are left out

`docs/uncertainty.md` describes the intervals, rank ranges, and the separation of neighbours.
"""

from hal_analysis import cli

if __name__ == "__main__":  # before the other imports, whose errors run_stage reports
    cli.run_stage("win_rates")

import numpy as np
import pandas as pd

import config
from hal_analysis import tables
from hal_analysis.metrics import bootstrap
from hal_analysis.metrics.win_counts import count_wins, sum_wins, tally_by_benchmark
from hal_analysis.paths import display_path, resolve
from hal_analysis.schema import DATASET

COLUMNS = ["benchmark_name", "agent_name_short", "model_name_short", "accuracy", "total_cost"]
DISTANCE_COLUMNS = ["model_name_short", "benchmark_name", "total_cost", "accuracy"]


def main() -> list[str]:
    """Write the win rates; return lines to print."""
    all_runs = tables.read_table(DATASET, COLUMNS)
    distances = tables.read_table(
        "pareto_distances.csv", [*DISTANCE_COLUMNS, "pareto_distance"], all_runs
    )
    runs = tables.select_compared_runs(all_runs)
    distances = distances[distances.benchmark_name.isin(runs.benchmark_name)]
    first = runs.drop_duplicates(["benchmark_name", "agent_name_short", "model_name_short"])
    best = runs.groupby(["benchmark_name", "model_name_short"], as_index=False).accuracy.max()
    separation = [
        write_win_rates(first, ["benchmark_name", "agent_name_short"], first.accuracy, ""),
        write_win_rates(best, ["benchmark_name"], best.accuracy, "_max"),
        write_win_rates(distances, ["benchmark_name"], -distances.pareto_distance, "_pareto"),
    ]
    tables.write_table(pd.concat(separation), "model_rank_separation.csv")
    return [
        f"{best.model_name_short.nunique()} models on {best.benchmark_name.nunique()} benchmarks",
        f"→ {display_path(resolve(config.TABLES_DIR))}: "
        "{model,benchmark}_win_rates{,_max,_pareto}.csv, model_rank_separation.csv",
    ]


def write_win_rates(
    results: pd.DataFrame, group: list[str], score: pd.Series, suffix: str
) -> pd.DataFrame:
    """Write the win rates for each benchmark (and scaffold) and for each model.

    Parameters
    ----------
    results : DataFrame
        One row for each competitor.
    group : list of str
        Columns that define which rows are compared.
    score : Series, aligned with `results`
        Larger is better.
    suffix : str
        The suffix of the files: "", "_max" or "_pareto".

    Returns
    -------
    DataFrame
        The rows of `model_rank_separation.csv`.
    """
    counts = count_wins(results, group, score, config.TIE_CREDIT)
    per_benchmark = sum_wins(counts, ["model_name_short", *group], config.TIE_CREDIT)
    tables.write_table(per_benchmark, f"benchmark_win_rates{suffix}.csv")
    tally = tally_by_benchmark(counts)
    per_model = sum_wins(counts, ["model_name_short"], config.TIE_CREDIT)
    models = add_confidence_intervals(per_model, tally)
    tables.write_table(models, f"model_win_rates{suffix}.csv")
    return compare_neighbours(models, tally).assign(
        compared_by=suffix.removeprefix("_") or "scaffold"
    )


def add_confidence_intervals(models: pd.DataFrame, tally: np.ndarray) -> pd.DataFrame:
    """Add intervals, ranks, rank ranges, and numbers of benchmarks to the models' win rates."""
    low, high = bootstrap.win_rate_intervals(tally, config.TIE_CREDIT)
    rank_low, rank_high = bootstrap.rank_ranges(tally, config.TIE_CREDIT)
    ranks = {
        "rank": models.overall_win_rate.rank(method="min", ascending=False),
        "rank_low": rank_low,
        "rank_high": rank_high,
    }
    return models.assign(
        win_rate_ci_low=low,
        win_rate_ci_high=high,
        **{column: pd.array(rank, dtype="Int64") for column, rank in ranks.items()},
        benchmarks=(tally[2] > 0).sum(axis=1),
    )


def compare_neighbours(models: pd.DataFrame, tally: np.ndarray) -> pd.DataFrame:
    """Compare each model with the next one in the ranking, and tell whether they are separated."""
    ranking = models.dropna(subset="overall_win_rate").sort_values(
        ["overall_win_rate", "model_name_short"], ascending=[False, True]
    )
    better, worse = ranking.iloc[:-1], ranking.iloc[1:]
    difference, low, high, n_common = bootstrap.difference_intervals(
        tally[:, better.index], tally[:, worse.index], config.TIE_CREDIT
    )
    return pd.DataFrame(
        {
            "rank": better["rank"].to_numpy(),
            "model_name_short": better.model_name_short.to_numpy(),
            "next_model": worse.model_name_short.to_numpy(),
            "overall_win_rate": better.overall_win_rate.to_numpy(),
            "next_win_rate": worse.overall_win_rate.to_numpy(),
            "common_benchmarks": n_common,
            "difference": difference,
            "difference_ci_low": low,
            "difference_ci_high": high,
            "separated": low > 0,
        }
    )
