"""Scatter plots of a score against a cost or latency, with the frontier."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import config
from hal_analysis.plots import page, style, ticks
from hal_analysis.plots.display_names import shorten_names
from hal_analysis.plots.labels import label_points
from hal_analysis.plots.providers import PROVIDER_COLORS, PROVIDER_MARKERS, provider_of

MAX_COLUMNS, MIN_PANEL_WIDTH = 3, 2.2  # panels beside each other, and inches
PANEL_HEIGHT, MAX_HEIGHT = 2.0, 3.6  # inches

MIN_SPREAD = 0.05  # of a vertical axis, so that small differences look small

# Classes of points, from the least to the most important: label, area of the marker in square
# points, width of its edge, and whether the marker is filled. Edges of the frontier are dark.
CLASSES = {
    "dominated": ("Dominated", 13, 0.3, True),
    "efficient": ("Not dominated, below the hull", 17, 1.0, False),
    "frontier": ("On the convex frontier", 26, 0.9, True),
}


@dataclass(frozen=True)
class Axis:
    """An axis: the column that it shows and its label."""

    column: str
    label: str


@style.rc_context()
def draw_frontiers(
    models: pd.DataFrame,
    cost: Axis,
    score: Axis,
    order: Sequence[str],
    *,
    panels: Sequence[str] = (),
    title: str,
    note: str = "",
    empty_message: str = "No data",
) -> Figure:
    """Draw models by cost and score, with the frontier marked.

    All panels have the same horizontal axis. All models on a frontier have their names beside
    them, the others as far as there is room.

    Parameters
    ----------
    models : DataFrame
        `model_name_short`, `pareto_optimal`, `pareto_efficient`, the columns of the axes, `low` and
        `high`, the limits of the intervals, and optionally `benchmarks`, the number of benchmarks
        of models with few benchmarks, which is NaN for the others.
    cost, score : Axis
        Horizontal and vertical axis.
    order : sequence of str
        Models, those first whose names are more important.
    panels : sequence of str
        Benchmarks, one panel for each that occurs in the column `benchmark_name`; a single panel by
        default.
    title, note : str
    empty_message : str
        Text shown if the frame is empty.
    """
    if models.empty:
        return page.message_figure(title, empty_message, note)
    models = _describe(models, order)
    with_models = set(models.get("benchmark_name", ()))
    names = [name for name in panels if name in with_models]
    groups = [models[models.benchmark_name == name] for name in names] or [models]
    figure, all_axes = _add_panels(title, names or [""], models, cost, score)
    page.add_note(all_axes[0], note)
    page.add_legend(figure, _legend_rows(models))
    limits = models[cost.column].min(), models[cost.column].max()
    columns = cost.column, score.column
    panels_and_groups = list(zip(all_axes, groups, strict=True))
    curves = [_draw_panel(axes, group, *columns, limits) for axes, group in panels_and_groups]
    page.keep_layout(figure)
    for (axes, group), curve in zip(panels_and_groups, curves, strict=True):
        _write_names(axes, group, curve, *columns)
    return figure


def _describe(models: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Add label, provider and state; rows with more important names come first."""
    rank = {name: place for place, name in enumerate(order)}
    states = [models.pareto_optimal, models.pareto_efficient]
    return models.assign(
        label=_label_models(models, order),
        provider=models.model_name_short.map(provider_of),
        state=np.select(states, ["frontier", "efficient"], "dominated"),
        rank=models.model_name_short.map(rank),
    ).sort_values(["pareto_efficient", "rank"], ascending=[False, True])


def _label_models(models: pd.DataFrame, order: Sequence[str]) -> pd.Series:
    """Return the names to show, with the number of benchmarks if these are few."""
    labels = shorten_names(order)
    names = models.model_name_short.map(lambda name: page.wrap_text(labels[name]))
    if "benchmarks" not in models:
        return names
    return names.where(
        models.benchmarks.isna(), names + models.benchmarks.map(" (n = {:.0f})".format)
    )


def _add_panels(
    title: str, names: Sequence[str], models: pd.DataFrame, cost: Axis, score: Axis
) -> tuple[Figure, list[Axes]]:
    """Add axes, labelled at the left and below each column."""
    n_columns = min(MAX_COLUMNS, int(config.FIGURE_WIDTH / MIN_PANEL_WIDTH), len(names))
    n_rows = ceil(len(names) / n_columns)
    height = PANEL_HEIGHT if len(names) > 1 else min(MAX_HEIGHT, 0.85 * config.FIGURE_WIDTH)
    legend_height = 0.14 * sum(ceil(len(row) / 5) for row in _legend_rows(models))
    figure = page.new_figure(title, n_rows * height + legend_height + 0.2)
    grid = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes in grid[len(names) :]:
        axes.remove()
    titles = shorten_names(names)
    for place, (axes, name) in enumerate(zip(grid, names, strict=False)):
        axes.set_title(page.wrap_text(titles[name]))
        axes.set_xlabel(cost.label if place + n_columns >= len(names) else "")
        axes.set_ylabel(score.label if place % n_columns == 0 else "")
    figure.align_ylabels()
    return figure, list(grid[: len(names)])


def _draw_panel(
    axes: Axes, models: pd.DataFrame, cost: str, score: str, limits: tuple[float, float]
) -> np.ndarray:
    """Draw the points, intervals and the frontier of a panel; return the frontier."""
    is_log = ticks.needs_log_axis(*limits)
    if is_log:
        axes.set_xscale("log")
    axes.set_xlim(ticks.axis_limits(*limits, 0.06, is_log))
    labels = axes.get_xlabel(), axes.get_ylabel()  # which seaborn replaces
    values = models[[score, "low", "high"]].to_numpy(float)
    low, high = np.nanmin(values), np.nanmax(values)
    missing = max(MIN_SPREAD - (high - low), 0) / 2
    low, high = low - missing, high + missing
    axes.set_ylim(ticks.axis_limits(low, high, 0.1))
    ticks.set_plain_ticks(axes.xaxis)
    ticks.set_plain_ticks(axes.yaxis, largest=1)
    known = models.dropna(subset=["low", "high"])
    axes.vlines(known[cost], known.low, known.high, color=style.INTERVAL_COLOR, lw=0.7, zorder=1.5)
    curve = frontier_curve(models, cost, score, is_log, axes.get_xlim()[1])
    axes.plot(*curve.T, color=style.FRONTIER_COLOR, lw=1.0, zorder=2)
    models = models.sort_values("state", key=lambda states: states.map(list(CLASSES).index))
    sns.scatterplot(
        models,
        x=cost,
        y=score,
        hue="provider",
        style="provider",
        size="state",
        palette=PROVIDER_COLORS,
        markers=PROVIDER_MARKERS,
        sizes={state: area for state, (_, area, *_) in CLASSES.items()},
        legend=False,
        ax=axes,
        zorder=3,
    )
    _style_points(axes.collections[-1], models)
    axes.set(xlabel=labels[0], ylabel=labels[1])
    return curve


def _style_points(points: Collection, models: pd.DataFrame) -> None:
    """Set the faces and edges of points, one for each row."""
    colors = models.provider.map(PROVIDER_COLORS)
    is_hollow = models.state == "efficient"
    has_few = models.benchmarks.notna() if "benchmarks" in models else is_hollow & False
    widths = models.state.map({state: width for state, (_, _, width, _) in CLASSES.items()})
    faces = colors.mask(has_few, colors.map(style.tint)).mask(is_hollow, "white")
    points.set_facecolor(faces.mask(is_hollow & has_few, style.FEW_COLOR).tolist())
    points.set_edgecolor(colors.map(style.edge_color).where(is_hollow, style.INK).tolist())
    points.set_linewidth(widths.tolist())


def frontier_curve(
    models: pd.DataFrame, cost: str, score: str, is_log: bool, right: float
) -> np.ndarray:
    """Return the frontier in data coordinates, shape (n, 2), extended to the right edge.

    Between two models it is a straight line in cost and score, which bends on a logarithmic axis.
    """
    frontier = models[models.pareto_optimal].sort_values([cost, score])
    x, y = frontier[cost].to_numpy(float), frontier[score].to_numpy(float)
    if is_log:
        dense = np.union1d(np.geomspace(x[0], x[-1], 64), x)
        x, y = dense, np.interp(dense, x, y)
    return np.column_stack([np.append(x, right), np.append(y, y[-1])])


def _write_names(
    axes: Axes, models: pd.DataFrame, curve: np.ndarray, cost: str, score: str
) -> None:
    areas = models.state.map({state: area for state, (_, area, *_) in CLASSES.items()})
    is_diamond = models.provider.map(PROVIDER_MARKERS) == "D"  # whose corners reach further
    radii = np.sqrt(areas) / 2 * np.where(is_diamond, np.sqrt(2), 1)
    label_points(
        axes,
        models[[cost, score]].to_numpy(float),
        models[["low", "high"]].to_numpy(float),
        models.label.tolist(),
        models.pareto_optimal.to_numpy(bool),
        curve,
        radii.to_numpy(float),
    )


def _legend_rows(models: pd.DataFrame) -> list[list[Line2D]]:
    """Return the handles of the legend: classes and lines, then providers."""
    classes = [
        Line2D(
            [],
            [],
            ls="",
            marker="o",
            ms=np.sqrt(area),
            mfc=style.INTERVAL_COLOR if is_filled else "white",
            mec=style.INK if state == "frontier" else style.INTERVAL_COLOR,
            mew=edge_width,
            label=label,
        )
        for state, (label, area, edge_width, is_filled) in reversed(CLASSES.items())
        if state in set(models.state)
    ]
    if models.low.notna().any():
        classes.append(page.interval_handle())
    if "benchmarks" in models and models.benchmarks.notna().any():
        classes.append(page.few_benchmarks_handle())
    return [classes, page.provider_handles(models.provider)]
