"""Stage 6. The 18 figures.

Reads     data/cleaned_all_metrics.csv, data/pareto_distances.csv,
          data/benchmark_win_rates{,_max,_pareto}.csv, data/model_win_rates_{max,pareto}.csv,
          data/model_rank_separation.csv,
          data/convex_model_latency_accuracy.csv, data/{cost,latency}_win_rate_{max,pareto}.csv
Computes  nothing: each figure draws its CSV as it stands; runs that share a cell are averaged
Writes    the pictures of `FIGURES` under visualizations/new_plots/, PNG or as --format says
"""

import endings

import multiprocessing
import os
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from math import sqrt
from threading import Thread

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize, to_rgba
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator
from tqdm import tqdm

import command_line
import config
import files
import page
import style
import tables

CELL_HEIGHT, BARS_HEIGHT, COLOR_BAR_HEIGHT = 0.42, 4.0, 2.0  # inches
PANEL = 5.0, 3.9, 8  # width and height in inches, letters in points
SINGLE_PANEL = 9.6, 5.8, 10
SMALLEST = np.finfo(float).tiny  # number of full precision
USUAL_MODELS = 12  # panels grow beyond

# From which ratio of the largest to the smallest value on a scale is logarithmic.
LOG_AXIS, LOG_COLORS = 100, 10
SLANTED = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}


def main(formats=("png",)):
    folder = files.folder(config.FIGURES_DIR)
    check_tables()
    executor = ProcessPoolExecutor(mp_context=_processes(), initializer=_end_with_parent)
    try:
        drawn = [executor.submit(draw, name, folder, formats) for name in FIGURES]
        for figure in tqdm(as_completed(drawn), "figures", len(drawn), leave=False, disable=None):
            figure.result()
    except BrokenProcessPool:
        sys.exit("A process that draws was ended from outside, for lack of memory perhaps.")
    finally:
        executor.shutdown(cancel_futures=True)
    shown = files.shown(folder)
    return (
        f"the tables in {config.TABLES_DIR} → {len(FIGURES)} figures in {shown}, "
        f"each as {' and '.join(formats)}"
    )


def check_tables():
    """End the script with one sentence if a table is not as it must be or not of the others."""
    runs = tables.read_table(tables.DATASET)
    compared = tables.compared_runs(runs)
    for name in FROM_RUNS:
        tables.read_table(name, runs)
    for name in WIN_RATES:
        rates = tables.read_table(name, compared)
        beaten = rates.wins_sum - config.TIE_CREDIT * rates.ties_sum
        if (abs(beaten - beaten.round()) > 1e-6).any():
            sys.exit(
                f"{files.shown(files.path_of(name))} does not go with TIE_CREDIT = "
                f"{config.TIE_CREDIT} in config.py: run win_rates.py again, then convex_hull.py."
            )
    for kind in ("max", "pareto"):
        rates = tables.read_table(f"model_win_rates_{kind}.csv")
        for of in ("cost", "latency"):
            tables.read_table(f"{of}_win_rate_{kind}.csv", rates, f"model_win_rates_{kind}.csv")
    tables.read_table("model_rank_separation.csv", runs)


def draw(name, folder, formats):
    """Draw a figure of `FIGURES` and write it in each format."""
    # A letter that no font has is drawn as a box; one warning a letter and figure helps nobody.
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")
    figure = FIGURES[name]()
    for kind in formats:
        path = (folder / name).with_suffix(f".{kind}")
        files.write_file(path, page.picture(figure, kind))


# Heatmaps: benchmarks × models


def draw_metric_heatmap(column, label, title, generalist):
    """Heatmap of a figure of the runs of generalist or task-specific scaffolds."""
    runs = tables.read_table(tables.DATASET)
    chosen = runs[_is_generalist(runs) == generalist]
    return draw_heatmap(chosen, chosen, column, label, title, models=runs.model_name_short)


def draw_scaffold_win_rate_heatmap(title, generalist):
    """Heatmap of the win rates within one scaffold, of generalist or task-specific ones."""
    runs = tables.read_table(tables.DATASET)
    compared = tables.compared_runs(runs)
    rates = tables.read_table("benchmark_win_rates.csv")
    return draw_heatmap(
        compared[_is_generalist(compared) == generalist],
        rates[_is_generalist(rates) == generalist],
        "overall_win_rate",
        WIN_RATE,
        title,
        models=runs.model_name_short,
        note=note_on_win_rates(runs, compared),
    )


def draw_win_rate_heatmap(table, title):
    """Heatmap of the win rates of a table with one row per model and benchmark."""
    runs = tables.read_table(tables.DATASET)
    compared = tables.compared_runs(runs)
    return draw_heatmap(
        compared,
        tables.read_table(table),
        "overall_win_rate",
        WIN_RATE,
        title,
        models=runs.model_name_short,
        note=note_on_win_rates(runs, compared),
    )


def note_on_win_rates(runs, compared):
    """What is not as usual in the win rates of the dataset, in lines below a figure's title."""
    lines = []
    if config.TIE_CREDIT:
        lines.append(f"A tie counts as {config.TIE_CREDIT:g} of a win.")
    chosen, everything = compared.benchmark_name.nunique(), runs.benchmark_name.nunique()
    if chosen < everything:
        lines.append(f"On the {chosen} of {everything} benchmarks that all models share.")
    return "\n".join(lines)


def draw_heatmap(runs, values, column, label, title, models, note=""):
    """Draw a column of `values` as a heatmap of benchmarks × models.

    Cells without any of the `runs` say "no runs", those with runs but without a value "n/a". Costs
    and latencies that spread over more than a factor of `LOG_COLORS` have a logarithmic scale.
    """
    if runs.empty or values[column].isna().all():
        message = "No runs" if runs.empty else f"No {_quantity(label)} in the data"
        return draw_absent(title, message, note)
    rows = sorted(set(runs.benchmark_name))
    columns = sorted(set(models))
    cells = {"index": "benchmark_name", "columns": "model_name_short"}
    grid = values.pivot_table(column, **cells).reindex(index=rows, columns=columns)
    run_counts = runs.pivot_table("run_id", **cells, aggfunc="size")
    has_runs = run_counts.reindex(index=rows, columns=columns).to_numpy() > 0
    grid = grid.to_numpy()
    is_fraction = label in FRACTIONS
    scale = Normalize(0, 1) if is_fraction else _color_scale(grid)
    faces, inks = _cell_colors(grid, has_runs, scale)
    texts = np.where(has_runs, "n/a", "no runs").astype(object)
    stated = ~np.isnan(grid)
    texts[stated] = [f"{value:.2f}" if is_fraction else _amount(value) for value in grid[stated]]

    names, row_names = list(map(page.wrapped, columns)), list(map(page.wrapped, rows))
    slanted, spacing = page.slanted_size(names, style.TICK_SIZE)
    cell_width = max(page.text_sizes(np.unique(texts), style.CELL_SIZE)[:, 0].max() + 0.16, spacing)
    row_sizes = page.text_sizes(row_names, style.TICK_SIZE)
    cell_height = max(CELL_HEIGHT, row_sizes[:, 1].max() + 0.1)
    left = max(row_sizes[:, 0].max() + 0.55, slanted - cell_width / 2 + 0.1)
    width, height = cell_width * len(columns), cell_height * len(rows)
    room = max(height, COLOR_BAR_HEIGHT)
    bottom = slanted + 0.5
    figure = page.blank(title, note)
    start = page.fit(figure, left + width + 1.3, bottom + room)

    axes = figure.subplots()
    page.place(figure, axes, start + left, bottom + room - height, width, height)
    axes.pcolormesh(faces, edgecolors="white", linewidth=1)
    for (row, place), text in np.ndenumerate(texts):
        axes.text(
            place + 0.5,
            row + 0.5,
            text,
            color=inks[row, place],
            fontsize=style.CELL_SIZE,
            ha="center",
            va="center",
        )
    axes.set_xticks(np.arange(len(columns)) + 0.5, names, **SLANTED)
    axes.set_yticks(np.arange(len(rows)) + 0.5, row_names)
    axes.set(xlabel="Model", ylabel="Benchmark")
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)

    bar = figure.add_axes((0, 0, 1, 1))
    page.place(figure, bar, start + left + width + 0.2, bottom, 0.18, room)
    colors = figure.colorbar(ScalarMappable(scale, style.CELL_COLORS), cax=bar, label=label)
    _plain_ticks(bar.yaxis)
    colors.outline.set_visible(False)
    return figure


def _cell_colors(grid, has_runs, scale):
    """Colours of cells, array of shape (rows, columns, 4), and of the texts in them."""
    faces = style.CELL_COLORS(scale(np.fmax(grid, scale.vmin)))
    inks = np.where(_luminance(faces) < style.WHITE_BELOW, "white", "black").astype(object)
    for kind, (face, ink) in ((~has_runs, style.NO_RUNS_COLORS), (has_runs, style.NO_VALUE_COLORS)):
        empty = kind & np.isnan(grid)
        faces[empty], inks[empty] = to_rgba(face), ink
    return faces, inks


def _color_scale(values):
    """Colours of costs or latencies, so that one outlier does not make the rest look alike."""
    positive, largest = values[values > 0], np.nanmax(values)
    if positive.size and largest > LOG_COLORS * positive.min():
        return LogNorm(positive.min(), largest)
    return Normalize(0, largest if largest > 0 else 1)


def _luminance(colors):
    """Relative luminance of sRGB colours, 0 to 1.

    Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
    """
    parts = colors[..., :3]
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def _amount(value):
    """A cost or latency in three digits or all whole ones."""
    return f"{value:,.0f}" if value == 0 or abs(value) >= 99.95 else f"{value:#.3g}"


# Frontiers: cost or latency across, accuracy or win rate up


def draw_benchmark_frontiers(table, column, label, title):
    """One panel a benchmark: models by cost or latency and accuracy, the frontier marked."""
    points = tables.read_table(table)
    if points.empty:
        return draw_absent(title, f"No {_quantity(label)} in the data")
    fields = list(points.groupby("benchmark_name"))
    return draw_panels(fields, column, "accuracy", label, "Accuracy", title, PANEL)


def draw_win_rate_frontier(table, column, label, title):
    """Models by mean cost or latency and win rate, the frontier marked."""
    models = tables.read_table(table)
    runs = tables.read_table(tables.DATASET)
    note = note_on_win_rates(runs, tables.compared_runs(runs))
    if models.empty:
        return draw_absent(title, f"No model with both a win rate and a {_quantity(label)}", note)
    fields = [("", models)]
    return draw_panels(
        fields, column, "overall_win_rate", label, "Win rate", title, SINGLE_PANEL, note
    )


def draw_panels(fields, cost, score, xlabel, ylabel, title, panel, note=""):
    """A panel for each of the fields, pairs of a title and a table of models.

    Panels, letters and markers grow with the number of models. Where a panel has no room for a
    name, a number stands for it, the same in every panel, and a key beside the panels has the name.
    """
    crowd = max(1, max(len(models) for _, models in fields) / USUAL_MODELS)
    width, height, letters = panel[0] * sqrt(crowd), panel[1] * sqrt(crowd), panel[2] * crowd**0.2
    figure = page.blank(title, note)
    page.resize(figure, width, height)  # of one panel at first, that names are placed in
    everyone = sorted({name for _, models in fields for name in models.model_name_short})
    number = {name: str(rank) for rank, name in enumerate(everyone, start=1)}
    panels, keyed = [], set()
    for subtitle, models in fields:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlabel=xlabel, ylabel=ylabel, title=page.wrapped(subtitle, int(7 * width)))
        curve = draw_frontier(axes, models, cost, score, letters)
        names = models.model_name_short.tolist()
        numbered = page.name_points(
            axes,
            models[cost].to_numpy(),
            models[score].to_numpy(),
            names,
            [number[name] for name in names],
            models.pareto_optimal.to_numpy(),
            curve,
            letters,
        )
        keyed |= {names[place] for place in numbered}
        axes.set_visible(False)  # textalloc lays out all that is visible, each time
        panels.append(axes)
    key = {number[name]: name for name in sorted(keyed)}
    page.arrange(figure, panels, (width, height), key, letters)
    optimal = {flag for _, models in fields for flag in models.pareto_optimal}
    handles = [Line2D([], [], ls="", **_marker(flag, 9)) for flag in sorted(optimal)]
    if any(_has_intervals(models) for _, models in fields):
        handles.append(Line2D([], [], **style.INTERVAL, label="95 % interval"))
    figure.legend(handles=handles, loc="lower center", ncols=3, frameon=False)
    return figure


def draw_frontier(axes, models, cost, score, letters):
    """Circles, and diamonds joined by a dashed line for the frontier.

    Returns the line in data coordinates. Between two models it is straight in cost and score, so
    bent where the axis is logarithmic.
    """
    frontier = models[models.pareto_optimal].sort_values([cost, score])
    curve = frontier[cost].to_numpy(), frontier[score].to_numpy()
    low, high = models[cost].min(), models[cost].max()
    is_log = low > 0 and high > LOG_AXIS * low
    if is_log:
        axes.set_xscale("log")
        across = np.union1d(np.geomspace(curve[0][0], curve[0][-1], 64), curve[0])
        curve = across, np.interp(across, *curve)
    lowest, highest = models[score].min(), models[score].max()
    if _has_intervals(models):
        limits = models.win_rate_ci_low, models.win_rate_ci_high
        axes.vlines(models[cost], *limits, **style.INTERVAL, zorder=1.5)
        lowest, highest = min(lowest, limits[0].min()), max(highest, limits[1].max())
    axes.plot(*curve, "--", color=style.FRONTIER_COLOR, lw=0.2 * letters, zorder=2)
    for optimal, chosen in models.groupby("pareto_optimal"):
        axes.plot(
            chosen[cost], chosen[score], ls="", zorder=3 + optimal, **_marker(optimal, letters)
        )
    axes.grid()
    axes.set(
        xlim=_limits(low, high, is_log),
        ylim=_limits(lowest, highest, most=1),
    )
    _plain_ticks(axes.xaxis)
    _plain_ticks(axes.yaxis)
    return curve


def _has_intervals(models):
    return "win_rate_ci_low" in models and models.win_rate_ci_low.notna().any()


def _marker(optimal, letters):
    """Marker of a point beside letters of so many points, as options of `plot`."""
    if optimal:
        return style.FRONTIER_MARKER | {"markersize": style.FRONTIER_MARKER_SIZE * letters}
    return style.OTHER_MARKER | {"markersize": style.OTHER_MARKER_SIZE * letters}


def _limits(low, high, is_log=False, most=np.inf):
    """Limits of an axis with room for markers and names, also around a single value.

    Little room below 0 and above `most`, where no tick belongs.
    """
    if is_log:
        room = high**0.12 / low**0.12
        return max(low / room, min(low, SMALLEST)), high * room
    spread = high - low or abs(high) or 1
    edge = 0.06 * spread
    return max(low - 0.12 * spread, min(low, 0) - edge), min(
        high + 0.12 * spread, max(high, most) + edge
    )


def _plain_ticks(axis):
    """Few ticks, in plain numbers such as 1,000, all with the same decimals."""
    low, high = sorted(axis.get_view_interval())
    if axis.get_scale() == "log":
        steps = (1,) if high > LOG_AXIS * low else (1, 2, 5)
        ticks = LogLocator(subs=steps).tick_values(low, high)
        texts = [f"{tick:,.10g}" for tick in ticks]
    else:
        ticks = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        exact = [np.format_float_positional(tick, 10, fractional=False, trim="-") for tick in ticks]
        decimals = max(len(number.partition(".")[2]) for number in exact)
        texts = [f"{tick:,.{decimals}f}" for tick in ticks]
    inside = (ticks >= low) & (ticks <= high)
    axis.set_ticks(ticks[inside], np.array(texts)[inside])
    axis.set_ticks([], minor=True)


# Bars


def draw_win_rate_bars(table, compared_by, title):
    """Overall win rates as bars, highest first, the interval and the value on each."""
    rates = tables.read_table(table)
    runs = tables.read_table(tables.DATASET)
    note = note_on_win_rates(runs, tables.compared_runs(runs))
    if rates.overall_win_rate.isna().all():
        message = "No comparisons: a win rate needs two models in a benchmark"
        return draw_absent(title, message, note)
    neighbours = tables.read_table("model_rank_separation.csv")
    neighbours = neighbours[neighbours.compared_by == compared_by]
    if len(neighbours):
        note = (
            f"{neighbours.separated.sum()} of {len(neighbours)} neighbouring ranks can be told "
            f"apart; lines are 95 % intervals.\n{note}"
        )
    rates = rates.sort_values(["overall_win_rate", "model_name_short"], ascending=[False, True])
    names = [page.wrapped(name) for name in rates.model_name_short]
    heights = rates.overall_win_rate.fillna(0).to_numpy()
    limits = rates[["win_rate_ci_low", "win_rate_ci_high"]].to_numpy()
    tops = np.fmax(heights, limits[:, 1])
    slanted, spacing = page.slanted_size(names, style.TICK_SIZE)
    step = max(0.62, spacing)
    width, left = step * len(names), max(0.85, slanted - step / 2 + 0.1)
    figure = page.blank(title, note.strip())
    start = page.fit(figure, left + width + 0.3, slanted + 0.5 + BARS_HEIGHT)
    axes = figure.subplots()
    page.place(figure, axes, start + left, slanted + 0.5, width, BARS_HEIGHT)
    places = np.arange(len(names))
    axes.bar(places, heights, color=style.CELL_COLORS(0.2 + 0.8 * heights), width=0.8)
    axes.vlines(places, *limits.T, **style.BAR_INTERVAL_EDGE)
    axes.vlines(places, *limits.T, **style.BAR_INTERVAL)
    for place, rate, top in zip(places, rates.overall_win_rate, tops, strict=True):
        axes.annotate(
            "n/a" if np.isnan(rate) else f"{rate:.2f}",
            (place, top),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=style.TICK_SIZE,
        )
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(0, 1.12 * max(tops.max(), 0.1)))
    axes.set(xlabel="Model", ylabel=WIN_RATE)
    axes.set_xticks(places, names, **SLANTED)
    axes.tick_params(axis="x", length=0)
    _plain_ticks(axes.yaxis)
    axes.grid(axis="y")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def draw_absent(title, message, note=""):
    """A figure that says what is not there."""
    figure = page.blank(title, note)
    page.fit(figure, 8, 2)
    figure.text(0.5, 0.4, message, ha="center", va="center", fontsize=13)
    return figure


def _quantity(label):
    """`Total cost (USD)` → `total cost`."""
    return label.split(" (")[0].lower()


def _is_generalist(rows):
    return rows.agent_name_short.isin(config.GENERALIST_AGENTS)


def _end_with_parent():
    """Let a process that draws end when the one that started it is killed."""

    def wait():
        multiprocessing.parent_process().join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def _processes():
    """How processes start: on Linux as copies of this one, which has imported everything."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else None)


# Tables that must go with the dataset, and with the runs that the win rates are of.
FROM_RUNS = ["pareto_distances.csv", "convex_model_latency_accuracy.csv"]
WIN_RATES = [
    "benchmark_win_rates.csv",
    "benchmark_win_rates_max.csv",
    "benchmark_win_rates_pareto.csv",
    "model_win_rates_max.csv",
    "model_win_rates_pareto.csv",
]

COST, LATENCY = "Total cost (USD)", "Mean latency (s)"
ACCURACY, WIN_RATE = "Accuracy (fraction of 1)", "Win rate (fraction of comparisons)"
FRACTIONS = ACCURACY, WIN_RATE
GENERALIST, TASK_SPECIFIC = True, False
MAX_ACCURACY, DISTANCE = "Max Accuracy", "Distance from Convex Hull"

# Path below visualizations/new_plots: function that returns the Figure; the slowest first.
FIGURES = {
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
    "heatmaps/dist_overall_win_rate_heatmap.png": partial(
        draw_win_rate_heatmap,
        "benchmark_win_rates_pareto.csv",
        "Win Rates Using Distance from Cost vs. Max Accuracy Pareto",
    ),
    "heatmaps/generalist_accuracy_heatmap.png": partial(
        draw_metric_heatmap, "accuracy", ACCURACY, "Accuracy of Generalist Agents", GENERALIST
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
        ACCURACY,
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
        "max",
        "Model Win Rates Calculated Using Max Accuracy",
    ),
    "model_win_rates_pareto.png": partial(
        draw_win_rate_bars,
        "model_win_rates_pareto.csv",
        "pareto",
        "Model Win Rates Calculated Using Distance from Convex Hull",
    ),
}


if __name__ == "__main__":
    command_line.run(main, "visualizations", __doc__)
