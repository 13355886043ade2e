"""Stage 5. Mean cost and latency of each model, and the frontiers of the frontier figures.

Reads     data/cleaned_all_metrics.csv, data/model_win_rates_{max,pareto}.csv, and from
          data/benchmark_win_rates_max.csv the benchmarks that they are of
Computes  the mean over these benchmarks of a model's mean in each (in USD, in s); Pareto frontiers
          of latency and accuracy in each benchmark, and of mean cost or latency and win rate
Writes    data/model_mean_cost.csv, data/model_mean_latency.csv,
          data/convex_model_latency_accuracy.csv, data/{cost,latency}_win_rate_{max,pareto}.csv
"""

import endings

import pandas as pd

import command_line
import config
import pareto
import tables


def main():
    runs = tables.read_table(tables.DATASET)
    compared = tables.compared_runs(runs)
    means = {
        "cost": mean_over_benchmarks(compared, "total_cost", "mean_cost"),
        "latency": mean_over_benchmarks(compared, "mean_latency", "mean_of_mean_latency"),
    }
    for of, mean in means.items():
        tables.write_table(mean, f"model_mean_{of}.csv")
    latency_frontiers = add_latency_frontiers(pareto.best_runs(runs, "mean_latency"))
    tables.write_table(latency_frontiers, "convex_model_latency_accuracy.csv")
    for kind in ("max", "pareto"):
        rates = tables.read_table(f"model_win_rates_{kind}.csv", compared)
        for of, mean in means.items():
            frontier = win_rate_frontier(mean, rates)
            tables.write_table(frontier, f"{of}_win_rate_{kind}.csv")
    return (
        f"{len(runs)} runs → in {config.TABLES_DIR}: model_mean_{{cost,latency}}.csv "
        f"({len(means['cost'])} and {len(means['latency'])} models), "
        f"convex_model_latency_accuracy.csv ({len(latency_frontiers)} rows), "
        "{cost,latency}_win_rate_{max,pareto}.csv"
    )


def mean_over_benchmarks(runs, column, name):
    """Mean per model and benchmark, then over benchmarks; models without any value left out."""
    per_benchmark = runs.groupby(["model_name_short", "benchmark_name"])[column].mean()
    return per_benchmark.groupby("model_name_short").mean().dropna().reset_index(name=name)


def add_latency_frontiers(best):
    """Mark in each benchmark the models on the frontier of latency and accuracy."""
    if best.empty:
        return best.assign(pareto_optimal=False)
    return pd.concat(
        models.assign(pareto_optimal=pareto.pareto_frontier(models.mean_latency, models.accuracy))
        for _, models in best.groupby("benchmark_name")
    )


def win_rate_frontier(mean, rates):
    """Models with a mean and a win rate, and which are on the frontier of the two."""
    models = mean.merge(rates.dropna(subset="overall_win_rate"), on="model_name_short")
    _, cost_column = mean.columns
    return models.assign(
        pareto_optimal=pareto.pareto_frontier(models[cost_column], models.overall_win_rate)
    )


if __name__ == "__main__":
    command_line.run(main, "convex_hull", __doc__)
