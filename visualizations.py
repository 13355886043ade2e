"""Stage 6. The 18 figures, and the report.

Reads     data/cleaned_all_metrics.csv, data/pareto_distances.csv,
          data/benchmark_win_rates{,_max,_pareto}.csv, data/model_win_rates_{max,pareto}.csv,
          data/model_rank_separation.csv,
          data/convex_model_latency_accuracy.csv, data/{cost,latency}_win_rate_{max,pareto}.csv
Computes  nothing: each figure draws its table; only runs that share a cell are averaged
Writes    the files of `FIGURES` to visualizations/new_plots/, as PNG or as --format says, and
          visualizations/report.html, which shows these tables, model_mean_{cost,latency}.csv and
          what the data folder has of skipped files, the check, pairs and task results
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # `python -I` leaves out the folder of the script
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from hal_analysis import cli

if __name__ == "__main__":  # before the other imports, whose errors run_stage reports
    cli.run_stage("visualizations")

from collections.abc import Callable
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

import config
from hal_analysis import tables
from hal_analysis.manifest import SETTINGS, check_sources, hash_sources
from hal_analysis.metrics.configurations import CONFIGURATION, select_competitors, select_priced
from hal_analysis.metrics.model_pairs import describe_pairs
from hal_analysis.paths import display_path, resolve, write_file
from hal_analysis.plots import dots, frontiers, heatmaps, report, style
from hal_analysis.plots.export import figure_to_bytes
from hal_analysis.plots.frontiers import Axis
from hal_analysis.plots.heatmaps import Metric
from hal_analysis.plots.processes import draw_in_processes
from hal_analysis.plots.report_data import order_benchmarks
from hal_analysis.printing import count, printable
from hal_analysis.schema import DATASET
from hal_analysis.task_tables import TASK_RESULTS, read_task_results

# The tables, and the columns of each that the figures use.
CELL = ["model_name_short", "benchmark_name"]
RATE = ["model_name_short", "overall_win_rate", "win_rate_ci_low", "win_rate_ci_high"]
FRONTIER = ["pareto_optimal", "pareto_efficient"]
COLUMNS = {
    DATASET: [*CELL, "agent_name_short", "accuracy", "total_cost", "mean_latency"],
    "pareto_distances.csv": [*CELL, "agent_name_short", "total_cost", "accuracy", *FRONTIER],
    "convex_model_latency_accuracy.csv": [
        *(*CELL, "agent_name_short", "mean_latency", "accuracy", *FRONTIER),
    ],
    "benchmark_win_rates.csv": [*CELL, "agent_name_short", "overall_win_rate", "comparisons_sum"],
    "benchmark_win_rates_max.csv": [*CELL, "overall_win_rate", "comparisons_sum"],
    "benchmark_win_rates_pareto.csv": [*CELL, "overall_win_rate", "comparisons_sum"],
    "model_win_rates_max.csv": [*RATE, "rank_low", "rank_high", "benchmarks", *dots.OUTCOMES],
    "model_win_rates_pareto.csv": [*RATE, "rank_low", "rank_high", "benchmarks"],
    "model_rank_separation.csv": ["model_name_short", "compared_by", "separated"],
    "model_pairs.csv": ["model_name_short", "compared_by", "separated"],
    "model_mean_cost.csv": ["model_name_short", "mean_cost"],
    "cost_win_rate_max.csv": [*RATE, "mean_cost", *FRONTIER],
    "cost_win_rate_pareto.csv": [*RATE, "mean_cost", *FRONTIER],
    "latency_win_rate_max.csv": [*RATE, "mean_of_mean_latency", *FRONTIER],
    "latency_win_rate_pareto.csv": [*RATE, "mean_of_mean_latency", *FRONTIER],
}

GENERALIST, TASK_SPECIFIC = "generalist", "task-specific"
METRICS = {
    "accuracy": Metric("accuracy", "accuracy", "Accuracy", style.ACCURACY_COLORS),
    "total_cost": Metric(
        "cost",
        "total_cost",
        "Cost of a run (USD), lower is better",
        style.AMOUNT_COLORS,
        is_fraction=False,
    ),
    "mean_latency": Metric(
        "latency",
        "mean_latency",
        "Mean latency per task (s), lower is better",
        style.AMOUNT_COLORS,
        is_fraction=False,
    ),
}
WIN_RATE = Metric(
    "win rate",
    "overall_win_rate",
    "Win rate",
    style.WIN_RATE_COLORS,
    overall="Overall",
    weights="comparisons_sum",
)
METRIC_TITLES = {
    "accuracy": "Accuracy",
    "total_cost": "Cost of a run",
    "mean_latency": "Mean latency per task",
}
COMPARISONS = {"max": "best accuracy", "pareto": "distance from the cost-accuracy frontier"}
WIN_RATE_AXIS = Axis("overall_win_rate", "Win rate")
BENCHMARK_AXES = {
    "pareto_distances.csv": Axis("total_cost", "Cost of a run (USD)"),
    "convex_model_latency_accuracy.csv": Axis("mean_latency", "Mean latency per task (s)"),
}
MEAN_AXES = {
    "cost": Axis("mean_cost", "Cost of a run (USD), mean over benchmarks"),
    "latency": Axis("mean_of_mean_latency", "Latency per task (s), mean over benchmarks"),
}


def main() -> list[str]:
    """Draw and write all figures; return a summary line and further lines of detail."""
    check_tables()
    draw_in_processes(draw_and_write, list(FIGURES))
    return [
        f"{len(FIGURES)} figures ({', '.join(config.FIGURE_FORMATS)})",
        f"→ {display_path(resolve(config.FIGURES_DIR))}",
        *describe_older_files(),
        *describe_missing_characters(),
        *report.write_report(),
    ]


def check_tables() -> None:
    """End the script with one sentence if a table is invalid or does not match the others."""
    all_runs = tables.read_runs(COLUMNS[DATASET])
    check_sources(SETTINGS, hash_sources({DATASET: all_runs, TASK_RESULTS: read_task_results()}))
    runs = select_competitors(all_runs, config.AVERAGE_REPEATS)
    check = tables.read_table  # all columns
    check("pareto_distances.csv", source=runs)
    pairs = check("model_pairs.csv", source=runs)
    pairs = pairs.rename(columns={"other_model_name_short": "next_model"})
    check("model_rank_separation.csv", source=pairs, source_name="model_pairs.csv")
    compared = tables.select_compared_runs(runs)
    check("benchmark_win_rates.csv", source=compared)
    priced = select_priced(compared, config.COMMON_BENCHMARKS_ONLY)
    for compared_by, source in (("max", compared), ("pareto", priced)):
        check(f"benchmark_win_rates_{compared_by}.csv", source=source)
        rates_name = f"model_win_rates_{compared_by}.csv"
        rates = check(rates_name, source=source)
        for metric in ("cost", "latency"):
            name = f"{metric}_win_rate_{compared_by}.csv"
            check(name, source=compared.merge(rates), source_name=rates_name)
    check("convex_model_latency_accuracy.csv", source=runs)
    check("model_mean_cost.csv", source=compared)
    check("model_mean_latency.csv", source=compared)


def draw_and_write(name: str) -> None:
    """Draw one of `FIGURES` and write it in each format."""
    figure = FIGURES[name]()
    for file_format in config.FIGURE_FORMATS:
        content = figure_to_bytes(figure, file_format)
        write_file(figure_path(name, file_format), [content])


def figure_path(name: str, file_format: str) -> Path:
    """Return the path of one of `FIGURES` in a format."""
    return (resolve(config.FIGURES_DIR) / name).with_suffix(f".{file_format}")


def describe_older_files() -> list[str]:
    """Return a line for each format in which only an earlier run wrote the figures."""
    folder = display_path(resolve(config.FIGURES_DIR))
    lines = []
    for file_format in cli.FORMATS:
        n_files = sum(figure_path(name, file_format).exists() for name in FIGURES)
        if n_files and file_format not in config.FIGURE_FORMATS:
            files = count(n_files, f".{file_format} file")
            lines.append(f"{files} in {folder} are from an earlier run")
    return lines


def describe_missing_characters() -> list[str]:
    """Return a line about characters of names that the figures cannot show, if there are any."""
    names = pd.unique(tables.read_table(DATASET, CELL).to_numpy().ravel())
    missing = style.missing_characters(map(printable, names))
    if not missing:
        return []
    others = f" and {count(len(missing) - 1, 'other character')}" if len(missing) > 1 else ""
    return [
        f"No installed font contains {missing[0]!r}{others} in names, which are drawn as boxes: "
        "install one that does, and add it to FONTS in hal_analysis/plots/style.py."
    ]


def draw_metric_heatmap(metric: str, group: str) -> Figure:
    """Draw a metric of the runs of generalist or task-specific scaffolds."""
    runs = read_competitors()
    chosen = select_group(runs, group)
    positive = runs[metric][runs[metric] > 0]
    return heatmaps.draw_heatmap(
        chosen,
        METRICS[metric],
        chosen,
        order_models(runs),
        order_benchmarks(runs),
        title=f"{METRIC_TITLES[metric]}, {group} scaffolds",
        limits=(positive.min(), positive.max()) if len(positive) else None,
    )


def draw_win_rates(group: str) -> Figure:
    """Draw a heatmap of the win rates within each scaffold, generalist or task-specific."""
    runs = read_competitors()
    rates = select_group(read_table("benchmark_win_rates.csv"), group)
    compared = select_group(tables.select_compared_runs(runs), group)
    title = f"Win rate within each scaffold, {group} scaffolds"
    return _draw_win_rate_heatmap(rates, compared, runs, title)


def draw_best_win_rates(compared_by: str) -> Figure:
    """Draw the win rates of models over scaffolds, by benchmark."""
    runs = read_competitors()
    rates = read_table(f"benchmark_win_rates_{compared_by}.csv")
    title = f"Win rate by {COMPARISONS[compared_by]}"
    return _draw_win_rate_heatmap(rates, tables.select_compared_runs(runs), runs, title)


def draw_benchmark_frontiers(table: str) -> Figure:
    """Draw models by cost or latency and accuracy, one panel per benchmark."""
    axis, runs = BENCHMARK_AXES[table], read_competitors()
    return frontiers.draw_frontiers(
        read_table(table).merge(read_accuracy_intervals(), "left", CONFIGURATION),
        axis,
        Axis("accuracy", "Accuracy"),
        order_models(runs),
        panels=order_benchmarks(runs),
        title=f"Accuracy and {METRICS[axis.column].name} by benchmark",
        empty_message=f"No {METRICS[axis.column].name} in the data",
    )


def draw_win_rate_frontier(metric: str, compared_by: str) -> Figure:
    """Draw models by mean cost or latency and win rate."""
    runs = read_competitors()
    rates = read_table(f"model_win_rates_{compared_by}.csv").set_index("model_name_short")
    models = read_table(f"{metric}_win_rate_{compared_by}.csv")
    n_benchmarks = models.model_name_short.map(rates.benchmarks)
    note = win_rate_note(runs)
    if compared_by == "pareto":
        note = f"The win rate by distance already takes cost into account.\n{note}".strip()
    return frontiers.draw_frontiers(
        models.rename(columns={"win_rate_ci_low": "low", "win_rate_ci_high": "high"}).assign(
            benchmarks=n_benchmarks.where(n_benchmarks < config.MIN_BENCHMARKS)
        ),
        MEAN_AXES[metric],
        WIN_RATE_AXIS,
        order_models(runs),
        title=f"Win rate by {COMPARISONS[compared_by]} against mean {metric}",
        note=note,
        empty_message=f"No model with both a win rate and a mean {metric}",
    )


def draw_win_rate_dots(compared_by: str) -> Figure:
    """Draw the win rates of models as dots, and state how many ranks are separated."""
    pairs, neighbours = (
        table[table.compared_by == compared_by]
        for table in map(read_table, ("model_pairs.csv", "model_rank_separation.csv"))
    )
    note = win_rate_note(read_competitors())
    if len(pairs):
        note = f"{describe_pairs(pairs, neighbours)}\n{note}".strip()
    is_separated = neighbours.separated.fillna(False).astype(bool)
    return dots.draw_win_rate_dots(
        read_table(f"model_win_rates_{compared_by}.csv"),
        neighbours.model_name_short[is_separated].tolist(),
        title=f"Win rate by {COMPARISONS[compared_by]}",
        note=note,
        empty_message="No comparisons: a win rate needs two models in a benchmark",
    )


def order_models(runs: pd.DataFrame) -> list[str]:
    """Return the models of some runs in the order of `FIGURE_ORDER`; ties by name."""
    names = sorted(set(runs.model_name_short))
    if config.FIGURE_ORDER == "name":
        return names
    if config.FIGURE_ORDER == "mean cost":
        costs = read_table("model_mean_cost.csv").set_index("model_name_short").mean_cost
        return costs.reindex(names).sort_values(kind="stable").index.tolist()
    rates = read_table("model_win_rates_max.csv").set_index("model_name_short").overall_win_rate
    return (-rates.reindex(names)).sort_values(kind="stable").index.tolist()


def read_accuracy_intervals() -> pd.DataFrame:
    """Return the intervals `low` and `high` of the accuracies of configurations without repeats."""
    runs = tables.read_table(DATASET, [*CONFIGURATION, "accuracy_ci_low", "accuracy_ci_high"])
    single = runs.drop_duplicates(CONFIGURATION, keep=False)
    return single.rename(columns={"accuracy_ci_low": "low", "accuracy_ci_high": "high"})


def read_table(name: str) -> pd.DataFrame:
    """Read the columns of a table that the figures use; see `tables.read_table`."""
    return tables.read_table(name, COLUMNS[name])


def read_competitors() -> pd.DataFrame:
    """Read the configurations that the figures show."""
    return select_competitors(tables.read_runs(COLUMNS[DATASET]), config.AVERAGE_REPEATS)


def select_group(rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the rows of the scaffolds that are, or are not, generalists."""
    is_generalist = rows.agent_name_short.isin(config.GENERALIST_AGENTS)
    return rows[is_generalist == (group == GENERALIST)]


def win_rate_note(runs: pd.DataFrame) -> str:
    """Return the settings that change the win rates, in lines for the note below a title."""
    lines = []
    if config.TIE_CREDIT:
        lines.append(f"A tie counts as {config.TIE_CREDIT:.3g} of a win.")
    n_compared = tables.select_compared_runs(runs).benchmark_name.nunique()
    n_benchmarks = runs.benchmark_name.nunique()
    if n_compared < n_benchmarks:
        lines.append(f"On the {n_compared} of {n_benchmarks} benchmarks that all models share.")
    return "\n".join(lines)


def _draw_win_rate_heatmap(
    rates: pd.DataFrame, compared: pd.DataFrame, runs: pd.DataFrame, title: str
) -> Figure:
    return heatmaps.draw_heatmap(
        rates,
        WIN_RATE,
        compared,
        order_models(runs),
        order_benchmarks(runs),
        title=title,
        note=win_rate_note(runs),
    )


draw_accuracies = partial(draw_metric_heatmap, "accuracy")
draw_costs = partial(draw_metric_heatmap, "total_cost")
draw_latencies = partial(draw_metric_heatmap, "mean_latency")

# Paths below FIGURES_DIR, and the functions that draw them; the slowest come first.
FIGURES: dict[str, Callable[[], Figure]] = {
    "convex_model_cost_accuracy.png": partial(draw_benchmark_frontiers, "pareto_distances.csv"),
    "convex_model_latency_accuracy.png": partial(
        draw_benchmark_frontiers, "convex_model_latency_accuracy.csv"
    ),
    "heatmaps/dist_overall_win_rate_heatmap.png": partial(draw_best_win_rates, "pareto"),
    "heatmaps/generalist_accuracy_heatmap.png": partial(draw_accuracies, GENERALIST),
    "heatmaps/generalist_mean_latency_heatmap.png": partial(draw_latencies, GENERALIST),
    "heatmaps/generalist_overall_win_rate_heatmap.png": partial(draw_win_rates, GENERALIST),
    "heatmaps/generalist_total_cost_heatmap.png": partial(draw_costs, GENERALIST),
    "heatmaps/max_acc_overall_win_rate_heatmap.png": partial(draw_best_win_rates, "max"),
    "heatmaps/task_specific_accuracy_heatmap.png": partial(draw_accuracies, TASK_SPECIFIC),
    "heatmaps/task_specific_mean_latency_heatmap.png": partial(draw_latencies, TASK_SPECIFIC),
    "heatmaps/task_specific_overall_win_rate_heatmap.png": partial(draw_win_rates, TASK_SPECIFIC),
    "heatmaps/task_specific_total_cost_heatmap.png": partial(draw_costs, TASK_SPECIFIC),
    "cost_win_rate_max.png": partial(draw_win_rate_frontier, "cost", "max"),
    "cost_win_rate_pareto.png": partial(draw_win_rate_frontier, "cost", "pareto"),
    "latency_win_rate_max.png": partial(draw_win_rate_frontier, "latency", "max"),
    "latency_win_rate_pareto.png": partial(draw_win_rate_frontier, "latency", "pareto"),
    "model_win_rates_max.png": partial(draw_win_rate_dots, "max"),
    "model_win_rates_pareto.png": partial(draw_win_rate_dots, "pareto"),
}
