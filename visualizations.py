"""Stage 6. The 18 figures.

Reads     data/cleaned_all_metrics.csv, data/pareto_distances.csv,
          data/benchmark_win_rates{,_max,_pareto}.csv, data/model_win_rates_{max,pareto}.csv,
          data/convex_model_latency_accuracy.csv, data/{cost,latency}_win_rate_{max,pareto}.csv
Computes  nothing: each figure draws its CSV as it stands; runs that share a cell are averaged
Writes    the PNGs of `FIGURES` under visualizations/new_plots/
"""

import sys
import warnings
from functools import partial
from math import ceil, sqrt

import matplotlib as mpl
import numpy as np
import seaborn as sns
import textalloc
from matplotlib.figure import Figure
from tqdm import tqdm

import config
import tables

DPI = 300
TITLE_SIZE = 15  # points
LARGEST_SIDE = 100  # inches; beyond 218, at 300 dpi, matplotlib refuses to draw

FRONTIER_COLOR, OTHER_COLOR = "#c8372d", "#2f7fc1"
NO_RUNS_COLOR = "#404040"
INK, LEADER_COLOR = "#26282b", "#8a8f98"
GRID_COLOR, PANEL_COLOR = "#c9ccd1", "#f8f9fb"
CELL_COLORS = sns.light_palette("#3f007d", as_cmap=True)

mpl.rcParams.update(
    {
        "text.parse_math": False,  # a $ in a name is a dollar sign
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": GRID_COLOR,
        "axes.titleweight": "bold",
        "axes.titlesize": 12,
        "axes.labelsize": 11,
        "figure.constrained_layout.w_pad": 0.12,  # inches
        "figure.constrained_layout.h_pad": 0.12,
        "figure.titlesize": TITLE_SIZE,
        "figure.titleweight": "bold",
        "xtick.color": INK,
        "ytick.color": INK,
    }
)


def main():
    folder = tables.folder(config.FIGURES_DIR)
    # A letter that the font lacks is drawn as a box; one warning a letter and figure helps nobody.
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")
    for name, draw in tqdm(FIGURES.items(), desc="figures", leave=False, disable=None):
        save(draw(), folder / name)
    return f"the tables in {config.TABLES_DIR} → {len(FIGURES)} figures in {tables.shown(folder)}"


def save(figure, path):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI)
    except OSError as error:
        sys.exit(
            f"{tables.shown(path)} cannot be written ({error.strerror}): make room and run again."
        )


# Heatmaps: benchmarks × models


def draw_metric_heatmap(column, label, title, generalist):
    """Heatmap of a figure of the runs of generalist or task-specific scaffolds."""
    runs = tables.read_table("cleaned_all_metrics.csv")
    chosen = runs[_is_generalist(runs) == generalist]
    return draw_heatmap(chosen, chosen, column, label, title, models=runs.model_name_short)


def draw_scaffold_win_rate_heatmap(title, generalist):
    """Heatmap of the win rates within one scaffold, of generalist or task-specific ones."""
    runs = tables.read_table("cleaned_all_metrics.csv")
    rates = tables.read_table("benchmark_win_rates.csv")
    return draw_heatmap(
        runs[_is_generalist(runs) == generalist],
        rates[_is_generalist(rates) == generalist],
        "overall_win_rate",
        "Win rate",
        title,
        models=runs.model_name_short,
    )


def draw_win_rate_heatmap(table, title):
    """Heatmap of the win rates of a table with one row per model and benchmark."""
    runs = tables.read_table("cleaned_all_metrics.csv")
    rates = tables.read_table(table)
    return draw_heatmap(
        runs, rates, "overall_win_rate", "Win rate", title, models=runs.model_name_short
    )


def draw_heatmap(runs, values, column, label, title, models):
    """Draw a column of `values` as a heatmap of benchmarks × models.

    Cells without any of the `runs` say "no runs", those with runs but without a value "n/a".
    """
    if values[column].isna().all():
        return draw_absent(title, "No runs" if runs.empty else f"No {_quantity(label)} in the data")
    rows = sorted(set(runs.benchmark_name))
    columns = sorted(set(models))
    grid = values.pivot_table(column, "benchmark_name", "model_name_short", aggfunc="mean")
    grid = grid.reindex(index=rows, columns=columns)
    run_counts = runs.pivot_table("run_id", "benchmark_name", "model_name_short", aggfunc="size")
    has_runs = run_counts.reindex(index=rows, columns=columns) > 0
    texts = grid.map("{:.2f}".format).where(grid.notna(), "n/a").where(has_runs, "no runs")

    names_across, names_down = _text_length(columns), _text_length(rows)
    figure = _figure(
        width=1.02 * len(columns) + names_down + 0.5 * names_across + 2,
        height=0.45 * len(rows) + 0.75 * names_across + 1.6,
        title=title,
    )
    axes = figure.subplots()
    sns.heatmap(
        grid,
        ax=axes,
        annot=texts,
        fmt="",
        annot_kws={"fontsize": 9},
        cmap=CELL_COLORS,
        vmin=0,
        vmax=1 if label == "Win rate" else grid.max(axis=None) or 1,
        linewidths=1,
        cbar_kws={"label": label, "pad": 0.02, "aspect": 30, "fraction": 0.05},
    )
    axes.set_facecolor(NO_RUNS_COLOR)
    for row, column_index in np.argwhere(grid.isna().to_numpy()):
        axes.text(
            column_index + 0.5,
            row + 0.5,
            texts.iloc[row, column_index],
            ha="center",
            va="center",
            color="white",
            fontsize=9,
        )
    axes.set_xlabel("Model")
    axes.set_ylabel("Benchmark")
    axes.tick_params(length=0)
    axes.set_yticklabels(rows, rotation=0)
    axes.set_xticklabels(columns, rotation=45, ha="right", rotation_mode="anchor")
    return figure


# Frontiers: cost or latency across, accuracy or win rate up


def draw_benchmark_frontiers(table, column, label, title):
    """One panel a benchmark: models by cost or latency and accuracy, the frontier marked."""
    points = tables.read_table(table)
    if points.empty:
        return draw_absent(title, f"No {_quantity(label)} in the data")
    benchmarks = sorted(set(points.benchmark_name))
    across = min(4, ceil(sqrt(len(benchmarks))))
    down = ceil(len(benchmarks) / across)
    fields = [models for _, models in points.groupby("benchmark_name")]
    growth = _growth(max(map(len, fields)))
    figure = _figure(5.6 * growth * across, 4.4 * growth * down + 1.2, title)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for panel, benchmark, models in zip(panels, benchmarks, fields, strict=False):
        draw_frontier(panel, models, column, "accuracy")
        panel.set(title=benchmark, xlabel=label, ylabel="Accuracy")
    for panel in panels[len(benchmarks) :]:
        panel.set_axis_off()
    _lay_out(figure, panels)
    for panel, models in zip(panels, fields, strict=False):
        name_models(panel, models, column, "accuracy", size=8)
    return figure


def draw_win_rate_frontier(table, column, label, title):
    """Models by mean cost or latency and win rate, the frontier marked."""
    models = tables.read_table(table)
    if models.empty:
        return draw_absent(title, f"No model with both a win rate and a {_quantity(label)}")
    growth = _growth(len(models))
    figure = _figure(11 * growth, 7.5 * growth, title)
    axes = figure.subplots()
    draw_frontier(axes, models, column, "overall_win_rate")
    axes.set(xlabel=label, ylabel="Win rate")
    _lay_out(figure, [axes])
    name_models(axes, models, column, "overall_win_rate", size=10)
    return figure


def draw_frontier(axes, models, cost, score):
    """Blue circles, and red diamonds joined by a dashed line for the frontier, all named."""
    frontier = models[models.pareto_optimal].sort_values([cost, score])
    others = models[~models.pareto_optimal]
    axes.plot(frontier[cost], frontier[score], "--", color=FRONTIER_COLOR, lw=1.6, zorder=2)
    axes.scatter(
        others[cost], others[score], s=42, color=OTHER_COLOR, label="Non-optimal", zorder=3
    )
    axes.scatter(
        frontier[cost],
        frontier[score],
        s=58,
        marker="D",
        color=FRONTIER_COLOR,
        label="Pareto optimal",
        zorder=4,
    )
    axes.set_facecolor(PANEL_COLOR)
    axes.grid(color=GRID_COLOR, ls="--", lw=0.6)
    axes.set_axisbelow(True)
    axes.set(xlim=_limits(models[cost]), ylim=_limits(models[score]))


def name_models(axes, models, cost, score, size):
    """Write each model's name, of `size` points, beside its point, clear of points and names.

    The layout must be final, since where a name fits depends on the size of the panel.
    """
    ordered = models.sort_values(["pareto_optimal", score], ascending=False)
    frontier = models[models.pareto_optimal].sort_values([cost, score])
    on_frontier = ordered.pareto_optimal
    textalloc.allocate(
        axes,
        ordered[cost].to_numpy(),
        ordered[score].to_numpy(),
        ordered.model_name_short.tolist(),
        x_scatter=ordered[cost].to_numpy(),
        y_scatter=ordered[score].to_numpy(),
        x_lines=[frontier[cost].to_numpy()],
        y_lines=[frontier[score].to_numpy()],
        textsize=size,
        textcolor=np.where(on_frontier, FRONTIER_COLOR, OTHER_COLOR).tolist(),
        fontweight=np.where(on_frontier, "bold", "normal").tolist(),
        linecolor=LEADER_COLOR,
        linewidth=0.8,
        max_distance=0.4,
        zorder=5,
    )


def _lay_out(figure, panels):
    """Add the legend and fix the layout."""
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


# Bars


def draw_win_rate_bars(table, title):
    """Overall win rates as bars, highest first, the value on each."""
    rates = tables.read_table(table)
    if rates.overall_win_rate.isna().all():
        return draw_absent(title, "No comparisons: a win rate needs two models in a benchmark")
    rates = rates.sort_values(["overall_win_rate", "model_name_short"], ascending=[False, True])
    names = rates.model_name_short.tolist()
    heights = rates.overall_win_rate.fillna(0)
    length = _text_length(names)
    figure = _figure(0.95 * len(names) + 0.7 * length + 1.2, 4.2 + 0.75 * length, title)
    axes = figure.subplots()
    bars = axes.bar(names, heights, color=CELL_COLORS(0.25 + 0.7 * heights), width=0.8, zorder=3)
    values = ["n/a" if np.isnan(rate) else f"{rate:.2f}" for rate in rates.overall_win_rate]
    axes.bar_label(bars, values, padding=3, fontsize=10)
    axes.set_ylim(0, 1.12 * max(heights.max(), 0.1))
    axes.set(xlabel="Model", ylabel="Win rate")
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", color=GRID_COLOR, ls="--", lw=0.6, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def draw_absent(title, message):
    """A figure that says what is not there."""
    figure = _figure(9, 3, title)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, message, ha="center", va="center", fontsize=13)
    return figure


def _figure(width, height, title):
    """An empty figure of so many inches, wide enough for its title."""
    width = max(width, _text_length([title]) * TITLE_SIZE / 10 + 0.5)
    figure = Figure(
        figsize=(min(width, LARGEST_SIDE), min(height, LARGEST_SIDE)), layout="constrained"
    )
    figure.suptitle(title)
    return figure


def _text_length(names):
    """Length in inches of the longest of these texts in letters of 10 points, about."""
    return 0.085 * max(map(len, names))


def _growth(models):
    """How much larger than usual a panel of so many models is on each side."""
    return max(1, sqrt(models / 12))


def _quantity(label):
    """`Total cost (USD)` → `total cost`."""
    return label.split(" (")[0].lower()


def _limits(values):
    """Limits of an axis with room for markers and names, also around a single value."""
    low, high = values.min(), values.max()
    room = 0.12 * (high - low) or 0.5 * abs(high) or 0.5
    return low - room, high + room


def _is_generalist(rows):
    return rows.agent_name_short.isin(config.GENERALIST_AGENTS)


COST, LATENCY = "Total cost (USD)", "Mean latency (s)"
GENERALIST, TASK_SPECIFIC = True, False
MAX_ACCURACY, DISTANCE = "Max Accuracy", "Distance from Convex Hull"

# Path below visualizations/new_plots: function that returns the Figure.
FIGURES = {
    "heatmaps/dist_overall_win_rate_heatmap.png": partial(
        draw_win_rate_heatmap,
        "benchmark_win_rates_pareto.csv",
        "Win Rates Using Distance from Cost vs. Max Accuracy Pareto",
    ),
    "heatmaps/generalist_accuracy_heatmap.png": partial(
        draw_metric_heatmap, "accuracy", "Accuracy", "Accuracy of Generalist Agents", GENERALIST
    ),
    "heatmaps/generalist_mean_latency_heatmap.png": partial(
        draw_metric_heatmap,
        "mean_latency",
        LATENCY,
        "Mean Latencies of Generalist Agents",
        GENERALIST,
    ),
    "heatmaps/generalist_overall_win_rate_heatmap.png": partial(
        draw_scaffold_win_rate_heatmap, "Win Rates of Generalist Agents", GENERALIST
    ),
    "heatmaps/generalist_total_cost_heatmap.png": partial(
        draw_metric_heatmap, "total_cost", COST, "Total Costs of Generalist Agents", GENERALIST
    ),
    "heatmaps/max_acc_overall_win_rate_heatmap.png": partial(
        draw_win_rate_heatmap,
        "benchmark_win_rates_max.csv",
        "Win Rates Using Max Accuracy Across Agents",
    ),
    "heatmaps/task_specific_accuracy_heatmap.png": partial(
        draw_metric_heatmap,
        "accuracy",
        "Accuracy",
        "Accuracy of Task Specific Agents",
        TASK_SPECIFIC,
    ),
    "heatmaps/task_specific_mean_latency_heatmap.png": partial(
        draw_metric_heatmap,
        "mean_latency",
        LATENCY,
        "Mean Latencies of Task Specific Agents",
        TASK_SPECIFIC,
    ),
    "heatmaps/task_specific_overall_win_rate_heatmap.png": partial(
        draw_scaffold_win_rate_heatmap, "Win Rates of Task Specific Agents", TASK_SPECIFIC
    ),
    "heatmaps/task_specific_total_cost_heatmap.png": partial(
        draw_metric_heatmap,
        "total_cost",
        COST,
        "Total Costs of Task Specific Agents",
        TASK_SPECIFIC,
    ),
    "convex_model_cost_accuracy.png": partial(
        draw_benchmark_frontiers,
        "pareto_distances.csv",
        "total_cost",
        COST,
        "Pareto Frontiers: Accuracy vs. Total Cost by Benchmark",
    ),
    "convex_model_latency_accuracy.png": partial(
        draw_benchmark_frontiers,
        "convex_model_latency_accuracy.csv",
        "mean_latency",
        LATENCY,
        "Pareto Frontiers: Accuracy vs. Latency by Benchmark",
    ),
    "cost_win_rate_max.png": partial(
        draw_win_rate_frontier,
        "cost_win_rate_max.csv",
        "mean_cost",
        "Mean cost (USD)",
        "Max Accuracy Win Rate vs. Mean Cost",
    ),
    "cost_win_rate_pareto.png": partial(
        draw_win_rate_frontier,
        "cost_win_rate_pareto.csv",
        "mean_cost",
        "Mean cost (USD)",
        "Distance from Convex Hull Win Rate vs. Mean Cost",
    ),
    "latency_win_rate_max.png": partial(
        draw_win_rate_frontier,
        "latency_win_rate_max.csv",
        "mean_of_mean_latency",
        LATENCY,
        "Max Accuracy Win Rate vs. Mean Latency",
    ),
    "latency_win_rate_pareto.png": partial(
        draw_win_rate_frontier,
        "latency_win_rate_pareto.csv",
        "mean_of_mean_latency",
        LATENCY,
        "Distance from Convex Hull Win Rate vs. Mean Latency",
    ),
    "model_win_rates_max.png": partial(
        draw_win_rate_bars,
        "model_win_rates_max.csv",
        "Model Win Rates Calculated Using Max Accuracy",
    ),
    "model_win_rates_pareto.png": partial(
        draw_win_rate_bars,
        "model_win_rates_pareto.csv",
        "Model Win Rates Calculated Using Distance from Convex Hull",
    ),
}


if __name__ == "__main__":
    print(main())
