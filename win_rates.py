"""Stage 4. Win rates: how often each model beats the others.

Reads     data/cleaned_all_metrics.csv, data/pareto_distances.csv, data/task_results.csv
Computes  win rates for each benchmark and over benchmarks, ranks, their uncertainty, and which
          pairs of models differ; paired tests of the tasks that two competitors both ran on
Writes    data/benchmark_win_rates{,_max,_pareto}.csv, data/model_win_rates{,_max,_pareto}.csv,
          data/model_rank_separation.csv, data/model_pairs.csv, data/task_pairs.csv,
          data/task_difficulty.csv; data/win_rates.manifest, what they were made of

The win rate of a model is the share of its comparisons, with every other model on the same
benchmark, in which it is strictly better. A tie counts as `TIE_CREDIT` wins (config.py). The
overall win rate is the sum of wins over benchmarks divided by the sum of comparisons.

What is compared:
  no suffix  accuracy, among the models that ran with the same scaffold
  _max       the accuracy of the best configuration, over scaffolds
  _pareto    the distance from the cost-accuracy frontier of the benchmark, smaller is better;
             models without a cost are left out

`docs/uncertainty.md` describes the intervals, rank ranges, and tests of pairs, `docs/tasks.md` the
paired tests of tasks.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # `python -I` leaves out the folder of the script
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from hal_analysis import cli

if __name__ == "__main__":  # before the other imports, whose errors run_stage reports
    cli.run_stage("win_rates")

import numpy as np
import pandas as pd

import config
from hal_analysis import tables
from hal_analysis.manifest import check_sources, hash_sources, record_sources
from hal_analysis.metrics import bootstrap
from hal_analysis.metrics.configurations import (
    CONFIGURATION,
    PAIR,
    categorize_names,
    select_best,
    select_competitors,
    select_priced,
)
from hal_analysis.metrics.model_pairs import compare_neighbours, compare_pairs
from hal_analysis.metrics.task_pairs import TaskComparisons, add_decided_counts, compare_tasks
from hal_analysis.metrics.win_counts import count_wins, sum_wins, tally_by_benchmark
from hal_analysis.paths import display_path, resolve, table_path
from hal_analysis.printing import count, warn
from hal_analysis.schema import DATASET
from hal_analysis.task_tables import RUN_KEY, TASK_RESULTS, read_task_results

COLUMNS = [*CONFIGURATION, "accuracy", "total_cost"]


def main() -> list[str]:
    """Write the win rates; return lines to print."""
    task_results = read_task_results()
    columns = COLUMNS + ["run_id"] * (not task_results.empty)
    runs = categorize_names(tables.read_runs(columns))
    check_task_results(task_results, runs)
    hashes = hash_sources({DATASET: runs, TASK_RESULTS: task_results})
    check_sources(["cost_accuracy_curve.py"], hashes)
    all_competitors = select_competitors(runs, config.AVERAGE_REPEATS)
    distances = tables.read_table("pareto_distances.csv", source=all_competitors)
    competitors = tables.select_compared_runs(all_competitors)
    best = select_best(competitors, "total_cost")
    distances = distances[distances.benchmark_name.isin(competitors.benchmark_name)]
    distances = select_priced(distances, config.COMMON_BENCHMARKS_ONLY)
    comparisons = compare_tasks(task_results, tables.select_compared_runs(runs), best)
    with record_sources("win_rates.py", hashes):
        write_tables(competitors, best, distances, comparisons)
    return [
        f"{count(best.model_name_short.nunique(), 'model')} on "
        f"{count(best.benchmark_name.nunique(), 'benchmark')}",
        f"→ {display_path(resolve(config.TABLES_DIR))}",
        "  {model,benchmark}_win_rates{,_max,_pareto}.csv, model_rank_separation.csv,",
        "  model_pairs.csv, task_pairs.csv, task_difficulty.csv",
    ]


def check_task_results(task_results: pd.DataFrame, runs: pd.DataFrame) -> None:
    """End the script if there are task results of other runs; print a warning if they are lost."""
    path = table_path(TASK_RESULTS)
    if not task_results.empty:
        of_runs = task_results[RUN_KEY].drop_duplicates()
        tables.check_made_from(runs, DATASET, of_runs, of_runs.index, TASK_RESULTS)
    elif not path.exists():
        # A dataset from elsewhere need not have this column.
        has_column = "tasks" in pd.read_csv(table_path(DATASET), nrows=0)
        if has_column and tables.read_table(DATASET, ["tasks"]).tasks.any():
            warn(
                f"{display_path(path)} does not exist, so no tasks are compared: run "
                "generate_cleaned_dataset.py, which writes it."
            )


def write_tables(
    competitors: pd.DataFrame,
    best: pd.DataFrame,
    distances: pd.DataFrame,
    comparisons: TaskComparisons,
) -> None:
    """Write all tables of this stage.

    Parameters
    ----------
    competitors, best : DataFrames
        All configurations, and the best one of each model on each benchmark.
    distances : DataFrame
        The configurations with a cost, and their distances to the frontier.
    comparisons : TaskComparisons
        The paired tests of tasks.
    """
    tables.write_table(comparisons.pairs, "task_pairs.csv")
    tables.write_table(comparisons.difficulty, "task_difficulty.csv")
    decided = comparisons.counts
    by_scaffold = competitors.drop_duplicates(CONFIGURATION)
    closeness = -distances.pareto_distance.round(12)  # equal distances may round differently
    results = [
        write_win_rates("scaffold", by_scaffold, CONFIGURATION[:2], by_scaffold.accuracy, decided),
        write_win_rates("max", best, CONFIGURATION[:1], best.accuracy, decided),
        write_win_rates("pareto", distances, CONFIGURATION[:1], closeness),
    ]
    neighbours, pairs = map(pd.concat, zip(*results, strict=True))
    tables.write_table(neighbours, "model_rank_separation.csv")
    tables.write_table(pairs, "model_pairs.csv")


def write_win_rates(
    compared_by: str,
    results: pd.DataFrame,
    group: list[str],
    score: pd.Series,
    decided: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the win rates for each benchmark (and scaffold) and for each model.

    Parameters
    ----------
    compared_by : str
        "scaffold", "max" or "pareto".
    results : DataFrame
        One row for each competitor.
    group : list of str
        Columns that define which rows are compared.
    score : Series, aligned with `results`
        Larger is better.
    decided : DataFrame, optional
        Counts of decided comparisons, as in `TaskComparisons.counts`.

    Returns
    -------
    neighbours, pairs : DataFrames
        The rows of `model_rank_separation.csv` and `model_pairs.csv`.
    """
    suffix = "" if compared_by == "scaffold" else f"_{compared_by}"
    counts = count_wins(results, group, score, config.TIE_CREDIT)
    per_benchmark = sum_wins(counts, ["model_name_short", *group], config.TIE_CREDIT)
    if compared_by == "max":
        per_benchmark = per_benchmark.merge(results[[*CONFIGURATION, "runs"]], on=PAIR)
    if decided is not None:
        decided = decided[decided.compared_by == compared_by]
        per_benchmark = add_decided_counts(per_benchmark, decided)
    tables.write_table(per_benchmark, f"benchmark_win_rates{suffix}.csv")
    tally = tally_by_benchmark(counts)
    per_model = sum_wins(counts, ["model_name_short"], config.TIE_CREDIT)
    models = add_confidence_intervals(per_model, tally)
    if decided is not None:
        models = add_decided_counts(models, decided)
    tables.write_table(models, f"model_win_rates{suffix}.csv")
    pairs = compare_pairs(models, tally, config.TIE_CREDIT, config.MIN_BENCHMARKS)
    neighbours = compare_neighbours(models, pairs)
    return neighbours.assign(compared_by=compared_by), pairs.assign(compared_by=compared_by)


def add_confidence_intervals(models: pd.DataFrame, tally: np.ndarray) -> pd.DataFrame:
    """Add intervals, ranks, rank ranges, and numbers of benchmarks to the models' win rates.

    Models with fewer than `MIN_BENCHMARKS` benchmarks have none of them, and do not count in the
    ranks of the others.
    """
    n_benchmarks = (tally[2] > 0).sum(axis=1)
    is_ranked = n_benchmarks >= config.MIN_BENCHMARKS
    ranked = tally[:, is_ranked]
    low, high, rank_low, rank_high = np.full((4, len(models)), np.nan)
    low[is_ranked], high[is_ranked] = bootstrap.win_rate_intervals(ranked, config.TIE_CREDIT)
    rank_low[is_ranked], rank_high[is_ranked] = bootstrap.rank_ranges(ranked, config.TIE_CREDIT)
    rates = models.overall_win_rate.round(12)  # equal rates may round differently
    ranks = {
        "rank": rates.where(is_ranked).rank(method="min", ascending=False),
        "rank_low": rank_low,
        "rank_high": rank_high,
    }
    return models.assign(
        win_rate_ci_low=low,
        win_rate_ci_high=high,
        **{column: pd.array(rank, dtype="Int64") for column, rank in ranks.items()},
        benchmarks=n_benchmarks,
    )
