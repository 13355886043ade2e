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

import multiprocessing
import os
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from threading import Thread

import pandas as pd
from matplotlib.figure import Figure
from tqdm import tqdm

import config
from hal_analysis import tables
from hal_analysis.manifest import SETTINGS, check_sources, hash_sources
from hal_analysis.metrics.configurations import select_competitors, select_priced
from hal_analysis.metrics.model_pairs import describe_pairs
from hal_analysis.paths import display_path, resolve, write_file
from hal_analysis.plots import bars, frontiers, heatmaps, report
from hal_analysis.plots.export import figure_to_bytes
from hal_analysis.schema import DATASET
from hal_analysis.task_tables import TASK_RESULTS, read_task_results

# The tables, and the columns of each that the figures use.
CELL = ["model_name_short", "benchmark_name"]
RATE = ["model_name_short", "overall_win_rate", *frontiers.INTERVAL_COLUMNS]
COLUMNS = {
    DATASET: [*CELL, "agent_name_short", "accuracy", "total_cost", "mean_latency"],
    "pareto_distances.csv": [*CELL, "total_cost", "accuracy", "pareto_optimal"],
    "convex_model_latency_accuracy.csv": [*CELL, "mean_latency", "accuracy", "pareto_optimal"],
    "benchmark_win_rates.csv": [*CELL, "agent_name_short", "overall_win_rate"],
    "benchmark_win_rates_max.csv": [*CELL, "overall_win_rate"],
    "benchmark_win_rates_pareto.csv": [*CELL, "overall_win_rate"],
    "model_win_rates_max.csv": RATE,
    "model_win_rates_pareto.csv": RATE,
    "model_rank_separation.csv": ["model_name_short", "compared_by", "separated"],
    "model_pairs.csv": ["model_name_short", "compared_by", "separated"],
    "cost_win_rate_max.csv": [*RATE, "mean_cost", "pareto_optimal"],
    "cost_win_rate_pareto.csv": [*RATE, "mean_cost", "pareto_optimal"],
    "latency_win_rate_max.csv": [*RATE, "mean_of_mean_latency", "pareto_optimal"],
    "latency_win_rate_pareto.csv": [*RATE, "mean_of_mean_latency", "pareto_optimal"],
}

LABELS = {
    "accuracy": "Accuracy (fraction of 1)",
    "overall_win_rate": "Win rate (fraction of comparisons)",
    "total_cost": "Total cost (USD)",
    "mean_cost": "Mean cost (USD)",
    "mean_latency": "Mean latency (s)",
    "mean_of_mean_latency": "Mean latency (s)",
}
FRACTIONS = "accuracy", "overall_win_rate"

# Tables and parts of the titles.
GENERALIST, TASK_SPECIFIC = "Generalist", "Task Specific"
METRICS = {"accuracy": "Accuracy", "total_cost": "Total Costs", "mean_latency": "Mean Latencies"}
BENCHMARK_FRONTIERS = {
    "total_cost": ("pareto_distances.csv", "Total Cost"),
    "mean_latency": ("convex_model_latency_accuracy.csv", "Latency"),
}
COMPARISONS = {"max": "Max Accuracy", "pareto": "Distance from Convex Hull"}
BEST_OF_SCAFFOLDS = {
    "max": "Max Accuracy Across Agents",
    "pareto": "Distance from Cost vs. Max Accuracy Pareto",
}


def main() -> list[str]:
    """Draw and write all figures; return a summary line and further lines of detail."""
    check_tables()
    draw_all()
    return [
        f"{len(FIGURES)} figures ({', '.join(config.FIGURE_FORMATS)})",
        f"→ {display_path(resolve(config.FIGURES_DIR))}",
        *describe_older_files(),
        *report.write_report(),
    ]


def check_tables() -> None:
    """End the script with one sentence if a table is invalid or does not match the others."""
    all_runs = tables.read_runs(COLUMNS[DATASET])
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
    check_sources(SETTINGS, hash_sources({DATASET: all_runs, TASK_RESULTS: read_task_results()}))


def draw_all() -> None:
    """Draw and write the figures in several processes."""
    # On Linux, processes start as copies of this one, with all modules imported.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    settings = {name: value for name, value in vars(config).items() if name.isupper()}
    executor = ProcessPoolExecutor(
        mp_context=context, initializer=_start_process, initargs=(settings,)
    )
    try:
        futures = [executor.submit(draw_and_write, name) for name in FIGURES]
        finished = as_completed(futures)
        for future in tqdm(finished, "figures", len(futures), leave=False, disable=None):
            future.result()
    except BrokenProcessPool:
        sys.exit(
            "A process that draws figures was killed, possibly for lack of memory: free some "
            "memory, then run visualizations.py again."
        )
    finally:
        executor.shutdown(cancel_futures=True)


def draw_and_write(name: str) -> None:
    """Draw one of `FIGURES` and write it in each format."""
    figure = FIGURES[name]()
    for file_format in config.FIGURE_FORMATS:
        content = figure_to_bytes(figure, file_format)
        write_file(figure_path(name, file_format), content)


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
            files = f"{n_files} .{file_format} files in {folder}"
            lines.append(f"{files} were written by an earlier run")
    return lines


def draw_metric_heatmap(metric: str, group: str) -> Figure:
    """Draw a metric of the runs of generalist or task-specific scaffolds."""
    runs = read_competitors()
    chosen = select_group(runs, group)
    title = f"{METRICS[metric]} of {group} Agents"
    return _draw_heatmap(chosen, metric, chosen, runs, title)


def draw_win_rates(group: str) -> Figure:
    """Draw a heatmap of the win rates within each scaffold, generalist or task-specific."""
    runs = read_competitors()
    rates = select_group(read_table("benchmark_win_rates.csv"), group)
    compared = select_group(tables.select_compared_runs(runs), group)
    title = f"Win Rates of {group} Agents"
    return _draw_heatmap(rates, "overall_win_rate", compared, runs, title, win_rate_note(runs))


def draw_win_rate_heatmap(compared_by: str) -> Figure:
    """Draw the win rates of models over scaffolds, by benchmark."""
    runs = read_competitors()
    rates = read_table(f"benchmark_win_rates_{compared_by}.csv")
    title = f"Win Rates Using {BEST_OF_SCAFFOLDS[compared_by]}"
    compared = tables.select_compared_runs(runs)
    return _draw_heatmap(rates, "overall_win_rate", compared, runs, title, win_rate_note(runs))


def draw_benchmark_frontiers(metric: str) -> Figure:
    """Draw models by cost or latency and accuracy, one panel per benchmark."""
    table, title = BENCHMARK_FRONTIERS[metric]
    return frontiers.draw_frontiers(
        read_table(table),
        metric,
        "accuracy",
        panel_by="benchmark_name",
        xlabel=LABELS[metric],
        ylabel=_short_label("accuracy"),
        title=f"Pareto Frontiers: Accuracy vs. {title} by Benchmark",
        empty_message=f"No {_short_label(metric).lower()} in the data",
    )


def draw_win_rate_frontier(metric: str, compared_by: str) -> Figure:
    """Draw models by mean cost or latency and win rate."""
    column = {"cost": "mean_cost", "latency": "mean_of_mean_latency"}[metric]
    return frontiers.draw_frontiers(
        read_table(f"{metric}_win_rate_{compared_by}.csv"),
        column,
        "overall_win_rate",
        xlabel=LABELS[column],
        ylabel=_short_label("overall_win_rate"),
        title=f"{COMPARISONS[compared_by]} Win Rate vs. Mean {metric.title()}",
        note=win_rate_note(read_competitors()),
        empty_message=f"No model with both a win rate and a {_short_label(column).lower()}",
    )


def draw_win_rate_bars(compared_by: str) -> Figure:
    """Draw the win rates of models as bars, and state how many ranks are separated."""
    pairs, neighbours = (
        table[table.compared_by == compared_by]
        for table in map(read_table, ("model_pairs.csv", "model_rank_separation.csv"))
    )
    note = win_rate_note(read_competitors())
    if len(pairs):
        note = f"{describe_pairs(pairs, neighbours)}\nLines are 95 % intervals. {note}".strip()
    return bars.draw_win_rate_bars(
        read_table(f"model_win_rates_{compared_by}.csv"),
        ylabel=LABELS["overall_win_rate"],
        title=f"Model Win Rates Calculated Using {COMPARISONS[compared_by]}",
        note=note,
        empty_message="No comparisons: a win rate needs two models in a benchmark",
    )


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
        lines.append(f"A tie counts as {config.TIE_CREDIT:g} of a win.")
    n_compared = tables.select_compared_runs(runs).benchmark_name.nunique()
    n_benchmarks = runs.benchmark_name.nunique()
    if n_compared < n_benchmarks:
        lines.append(f"On the {n_compared} of {n_benchmarks} benchmarks that all models share.")
    return "\n".join(lines)


def _draw_heatmap(
    values: pd.DataFrame,
    column: str,
    runs: pd.DataFrame,
    all_runs: pd.DataFrame,
    title: str,
    note: str = "",
) -> Figure:
    return heatmaps.draw_heatmap(
        values,
        column,
        runs,
        all_runs.model_name_short,
        label=LABELS[column],
        title=title,
        note=note,
        is_fraction=column in FRACTIONS,
        empty_message=f"No {_short_label(column).lower()} in the data",
    )


def _short_label(column: str) -> str:
    """Return `Total cost` for the column labelled `Total cost (USD)`."""
    return LABELS[column].split(" (")[0]


def _start_process(settings: dict[str, object]) -> None:
    """Prepare a process that draws figures: its settings, its warnings and its end."""
    vars(config).update(settings)
    # A character that no font has is drawn as a box; a warning for each is of no use.
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")
    Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """End this process when the process that started it ends, even if that one was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


draw_accuracies = partial(draw_metric_heatmap, "accuracy")
draw_costs = partial(draw_metric_heatmap, "total_cost")
draw_latencies = partial(draw_metric_heatmap, "mean_latency")

# Paths below FIGURES_DIR, and the functions that draw them; the slowest come first.
FIGURES: dict[str, Callable[[], Figure]] = {
    "convex_model_cost_accuracy.png": partial(draw_benchmark_frontiers, "total_cost"),
    "convex_model_latency_accuracy.png": partial(draw_benchmark_frontiers, "mean_latency"),
    "heatmaps/dist_overall_win_rate_heatmap.png": partial(draw_win_rate_heatmap, "pareto"),
    "heatmaps/generalist_accuracy_heatmap.png": partial(draw_accuracies, GENERALIST),
    "heatmaps/generalist_mean_latency_heatmap.png": partial(draw_latencies, GENERALIST),
    "heatmaps/generalist_overall_win_rate_heatmap.png": partial(draw_win_rates, GENERALIST),
    "heatmaps/generalist_total_cost_heatmap.png": partial(draw_costs, GENERALIST),
    "heatmaps/max_acc_overall_win_rate_heatmap.png": partial(draw_win_rate_heatmap, "max"),
    "heatmaps/task_specific_accuracy_heatmap.png": partial(draw_accuracies, TASK_SPECIFIC),
    "heatmaps/task_specific_mean_latency_heatmap.png": partial(draw_latencies, TASK_SPECIFIC),
    "heatmaps/task_specific_overall_win_rate_heatmap.png": partial(draw_win_rates, TASK_SPECIFIC),
    "heatmaps/task_specific_total_cost_heatmap.png": partial(draw_costs, TASK_SPECIFIC),
    "cost_win_rate_max.png": partial(draw_win_rate_frontier, "cost", "max"),
    "cost_win_rate_pareto.png": partial(draw_win_rate_frontier, "cost", "pareto"),
    "latency_win_rate_max.png": partial(draw_win_rate_frontier, "latency", "max"),
    "latency_win_rate_pareto.png": partial(draw_win_rate_frontier, "latency", "pareto"),
    "model_win_rates_max.png": partial(draw_win_rate_bars, "max"),
    "model_win_rates_pareto.png": partial(draw_win_rate_bars, "pareto"),
}
