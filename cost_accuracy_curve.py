"""Stage 3. The frontier of cost and accuracy in each benchmark, and every model's distance to it.

Reads     data/cleaned_all_metrics.csv
Computes  per benchmark and model the best run; which are on the frontier; distances to it
Writes    data/pareto_distances.csv
"""

import endings

import pandas as pd

import command_line
import pareto
import tables


def main():
    runs = tables.read_table(tables.DATASET)
    best = pareto.best_runs(runs, "total_cost")
    table = tables.write_table(add_frontiers(best), "pareto_distances.csv")
    pairs = runs[["benchmark_name", "model_name_short"]].drop_duplicates()
    return (
        f"{len(runs)} runs of {len(pairs)} pairs of benchmark and model → {table}; "
        f"{len(pairs) - len(best)} pairs without a cost"
    )


def add_frontiers(best):
    """Add to each benchmark's models the scaled figures, the frontier and the distance to it."""
    if best.empty:
        return _with_frontier(best)
    return pd.concat(_with_frontier(models) for _, models in best.groupby("benchmark_name"))


def _with_frontier(models):
    cost, accuracy = models.total_cost, models.accuracy
    return models.assign(
        total_cost_scaled=pareto.min_max_scale(cost),
        accuracy_scaled=pareto.min_max_scale(accuracy),
        pareto_optimal=pareto.pareto_frontier(cost, accuracy),
        pareto_distance=pareto.distance_to_frontier(cost, accuracy),
    )


if __name__ == "__main__":
    command_line.run(main, "cost_accuracy_curve", __doc__)
