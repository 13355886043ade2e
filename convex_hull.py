"""Stage 5. Mean costs and latencies of models, and frontiers of latency and of win rates.

Reads     data/cleaned_all_metrics.csv, data/model_win_rates_{max,pareto}.csv
Computes  mean cost and latency of each model: the mean of its runs on each benchmark, then the
          mean over benchmarks; the frontiers of latency and accuracy on each benchmark, and of
          mean cost or latency and win rate
Writes    data/model_mean_{cost,latency}.csv, data/convex_model_latency_accuracy.csv,
          data/{cost,latency}_win_rate_{max,pareto}.csv; data/convex_hull.manifest, what they
          were made of
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # `python -I` leaves out the folder of the script
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from hal_analysis import cli

if __name__ == "__main__":  # before the other imports, whose errors run_stage reports
    cli.run_stage("convex_hull")

import pandas as pd

import config
from hal_analysis import tables
from hal_analysis.manifest import check_sources, hash_sources, record_sources
from hal_analysis.metrics import pareto
from hal_analysis.metrics.configurations import (
    CONFIGURATION,
    categorize_names,
    mean_over_benchmarks,
    select_best,
    select_competitors,
    select_priced,
)
from hal_analysis.paths import display_path, resolve
from hal_analysis.printing import count
from hal_analysis.schema import DATASET

COLUMNS = [*CONFIGURATION, "accuracy", "total_cost", "mean_latency"]
RATE_COLUMNS = ["model_name_short", "overall_win_rate", "win_rate_ci_low", "win_rate_ci_high"]


def main() -> list[str]:
    """Write the means and frontiers; return lines to print."""
    runs = categorize_names(tables.read_runs(COLUMNS))
    hashes = hash_sources({DATASET: runs})
    check_sources(["win_rates.py"], hashes)
    compared = tables.select_compared_runs(runs)
    priced = select_priced(compared, config.COMMON_BENCHMARKS_ONLY)
    rates = {
        ranking: tables.read_table(f"model_win_rates_{ranking}.csv", source=source)[RATE_COLUMNS]
        for ranking, source in (("max", compared), ("pareto", priced))
    }
    mean_cost = mean_over_benchmarks(compared, "total_cost", "mean_cost")
    mean_latency = mean_over_benchmarks(compared, "mean_latency", "mean_of_mean_latency")
    competitors = select_competitors(runs, config.AVERAGE_REPEATS)
    best = select_best(competitors.dropna(subset="mean_latency"), "mean_latency")
    with record_sources("convex_hull.py", hashes):
        tables.write_table(mean_cost, "model_mean_cost.csv")
        tables.write_table(mean_latency, "model_mean_latency.csv")
        tables.write_table(add_latency_frontiers(best), "convex_model_latency_accuracy.csv")
        for ranking, models in rates.items():
            for metric, mean in (("cost", mean_cost), ("latency", mean_latency)):
                frontier = win_rate_frontier(mean, models)
                tables.write_table(frontier, f"{metric}_win_rate_{ranking}.csv")
    return [
        f"mean costs of {count(len(mean_cost), 'model')}, mean latencies of {len(mean_latency)}",
        f"→ {display_path(resolve(config.TABLES_DIR))}",
        "  model_mean_{cost,latency}.csv, convex_model_latency_accuracy.csv,",
        "  {cost,latency}_win_rate_{max,pareto}.csv",
    ]


def add_latency_frontiers(best: pd.DataFrame) -> pd.DataFrame:
    """Mark the models on the frontier of latency and accuracy of each benchmark."""
    if best.empty:
        return mark_frontier(best, "mean_latency", "accuracy")
    return pd.concat(
        mark_frontier(models, "mean_latency", "accuracy")
        for _, models in best.groupby("benchmark_name", observed=True)
    )


def win_rate_frontier(mean: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Join mean costs (or latencies) and win rates, and mark the models on their frontier."""
    models = mean.merge(rates.dropna(subset="overall_win_rate"), on="model_name_short")
    _, cost_column = mean.columns
    return mark_frontier(models, cost_column, "overall_win_rate")


def mark_frontier(models: pd.DataFrame, cost: str, score: str) -> pd.DataFrame:
    """Add whether each row is on the frontier, and whether no other row dominates it."""
    return models.assign(
        pareto_optimal=pareto.pareto_frontier(models[cost], models[score]),
        pareto_efficient=pareto.pareto_efficient(models[cost], models[score]),
    )
