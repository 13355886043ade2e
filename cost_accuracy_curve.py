"""Stage 3. The cost-accuracy frontier of each benchmark, and every model's distance to it.

Reads     data/cleaned_all_metrics.csv
Computes  for each benchmark and model the best configuration with a cost; which of them are on the
          frontier; distances to it
Writes    data/pareto_distances.csv; data/cost_accuracy_curve.manifest, what it was made of
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # `python -I` leaves out the folder of the script
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from hal_analysis import cli

if __name__ == "__main__":  # before the other imports, whose errors run_stage reports
    cli.run_stage("cost_accuracy_curve")

import pandas as pd

import config
from hal_analysis import tables
from hal_analysis.manifest import hash_sources, record_sources
from hal_analysis.metrics import pareto
from hal_analysis.metrics.configurations import (
    CONFIGURATION,
    PAIR,
    categorize_names,
    select_best,
    select_competitors,
)
from hal_analysis.paths import display_path
from hal_analysis.printing import count
from hal_analysis.schema import DATASET

COLUMNS = [*CONFIGURATION, "accuracy", "total_cost"]


def main() -> list[str]:
    """Write the distances; return lines to print."""
    runs = categorize_names(tables.read_runs(COLUMNS))
    competitors = select_competitors(runs, config.AVERAGE_REPEATS)
    best = select_best(competitors.dropna(subset="total_cost"), "total_cost")
    with record_sources("cost_accuracy_curve.py", hash_sources({DATASET: runs})):
        path = tables.write_table(add_frontiers(best), "pareto_distances.csv")
    pairs = competitors[PAIR].drop_duplicates()
    n_unpriced = len(pairs) - len(best)
    return [
        f"{count(len(best), 'pair')} of benchmark and model with a cost, {n_unpriced} without",
        f"→ {display_path(path)}",
    ]


def add_frontiers(best: pd.DataFrame) -> pd.DataFrame:
    """Add scaled costs and accuracies, the frontier, and distances to it for each benchmark."""
    if best.empty:
        return add_frontier(best)
    return pd.concat(
        add_frontier(models) for _, models in best.groupby("benchmark_name", observed=True)
    )


def add_frontier(models: pd.DataFrame) -> pd.DataFrame:
    """Add scaled costs and accuracies, the frontier, and distances to it for one benchmark."""
    cost, accuracy = models.total_cost, models.accuracy
    return models.assign(
        total_cost_scaled=pareto.min_max_scale(cost),
        accuracy_scaled=pareto.min_max_scale(accuracy),
        pareto_optimal=pareto.pareto_frontier(cost, accuracy),
        pareto_distance=pareto.distance_to_frontier(cost, accuracy),
        pareto_efficient=pareto.pareto_efficient(cost, accuracy),
    )
