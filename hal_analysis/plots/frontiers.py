"""Scatter plots of a score against a cost or latency, with the Pareto frontier."""

from collections.abc import Mapping
from math import sqrt

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hal_analysis.plots import layout, style, ticks
from hal_analysis.plots.labels import label_points

PANEL_SIZE, PANEL_FONTSIZE = (5.0, 3.9), 8  # inches and points, for one of several panels
SINGLE_PANEL_SIZE, SINGLE_PANEL_FONTSIZE = (9.6, 5.8), 10
TYPICAL_MODELS = 12  # panels with more models are larger
INTERVAL_COLUMNS = ["win_rate_ci_low", "win_rate_ci_high"]


@style.rc_context()
def draw_frontiers(
    models: pd.DataFrame,
    cost: str,
    score: str,
    *,
    panel_by: str | None = None,
    xlabel: str,
    ylabel: str,
    title: str,
    note: str = "",
    empty_message: str = "No data",
) -> Figure:
    """Draw models by cost and score, with the frontier marked.

    Sizes grow with the number of models. If a panel has no room for a name, a number replaces it,
    the same in every panel; a key beside the panels lists these names.

    Parameters
    ----------
    models : DataFrame
        Frame with `model_name_short`, `pareto_optimal`, the columns named below, and optionally
        `INTERVAL_COLUMNS`.
    cost, score : str
        Columns of the horizontal and the vertical axis.
    panel_by : str, optional
        Column with the title of the panel; without it there is only one panel.
    xlabel, ylabel, title, note : str
        Labels of the axes, title, and a note below the title.
    empty_message : str
        Text shown if the frame is empty.
    """
    if models.empty:
        return layout.message_figure(title, empty_message, note)
    groups = list(models.groupby(panel_by)) if panel_by else [("", models)]
    size, fontsize = _panel_size(max(len(group) for _, group in groups), panel_by is None)
    names = sorted(set(models.model_name_short))
    numbers = {name: str(number) for number, name in enumerate(names, start=1)}
    figure = layout.blank_figure(title, note)
    layout.resize(figure, *size)  # labels are placed in a figure with a single panel
    panels, replaced_names = [], set()
    for name, group in groups:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlabel=xlabel, ylabel=ylabel, title=layout.wrap_text(name, int(7 * size[0])))
        replaced_names |= _draw_panel(axes, group, cost, score, numbers, fontsize)
        axes.set_visible(False)  # textalloc lays out everything that is visible
        panels.append(axes)
    key = {numbers[name]: name for name in sorted(replaced_names)}
    layout.arrange_panels(figure, panels, size, key, fontsize)
    figure.legend(handles=_legend_handles(models), loc="lower center", ncols=3, frameon=False)
    return figure


def draw_frontier(
    axes: Axes, models: pd.DataFrame, cost: str, score: str, fontsize: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw models as circles, and the frontier as diamonds joined by a dashed curve.

    Returns
    -------
    tuple of two arrays
        The curve in data coordinates. Between two models it is a straight line in cost and score,
        which bends on a logarithmic axis.
    """
    frontier = models[models.pareto_optimal].sort_values([cost, score])
    curve = frontier[cost].to_numpy(), frontier[score].to_numpy()
    low, high = models[cost].min(), models[cost].max()
    is_log = ticks.needs_log_axis(low, high)
    if is_log:
        axes.set_xscale("log")
        x = np.union1d(np.geomspace(curve[0][0], curve[0][-1], 64), curve[0])
        curve = x, np.interp(x, *curve)
    scores = [models[score]]
    if _has_intervals(models):
        intervals = [models[column] for column in INTERVAL_COLUMNS]
        axes.vlines(models[cost], *intervals, **style.INTERVAL, zorder=1.5)
        scores += intervals
    axes.plot(*curve, "--", color=style.FRONTIER_COLOR, lw=0.2 * fontsize, zorder=2)
    for is_optimal, group in models.groupby("pareto_optimal"):
        marker = _marker(is_optimal, fontsize)
        axes.plot(group[cost], group[score], ls="", zorder=3 + is_optimal, **marker)
    axes.grid()
    axes.set_xlim(ticks.axis_limits(low, high, is_log))
    axes.set_ylim(
        ticks.axis_limits(
            min(values.min() for values in scores), max(values.max() for values in scores), bound=1
        )
    )
    ticks.set_plain_ticks(axes.xaxis)
    ticks.set_plain_ticks(axes.yaxis)
    return curve


def _draw_panel(
    axes: Axes,
    models: pd.DataFrame,
    cost: str,
    score: str,
    numbers: Mapping[str, str],
    fontsize: float,
) -> set[str]:
    """Draw a panel with labels; return the names that numbers replace."""
    curve = draw_frontier(axes, models, cost, score, fontsize)
    names = models.model_name_short.tolist()
    replaced = label_points(
        axes,
        models[cost].to_numpy(),
        models[score].to_numpy(),
        names,
        [numbers[name] for name in names],
        models.pareto_optimal.to_numpy(),
        curve,
        fontsize,
    )
    return {names[index] for index in replaced}


def _panel_size(n_models: int, is_single: bool) -> tuple[tuple[float, float], float]:
    """Return width and height of a panel in inches and the font size of its labels in points."""
    (width, height), fontsize = (
        (SINGLE_PANEL_SIZE, SINGLE_PANEL_FONTSIZE) if is_single else (PANEL_SIZE, PANEL_FONTSIZE)
    )
    crowding = max(1, n_models / TYPICAL_MODELS)
    return (width * sqrt(crowding), height * sqrt(crowding)), fontsize * crowding**0.2


def _legend_handles(models: pd.DataFrame) -> list[Line2D]:
    handles = [
        Line2D([], [], ls="", **_marker(is_optimal, 9))
        for is_optimal in sorted(set(models.pareto_optimal))
    ]
    if _has_intervals(models):
        handles.append(Line2D([], [], **style.INTERVAL, label="95 % interval"))
    return handles


def _has_intervals(models: pd.DataFrame) -> bool:
    return INTERVAL_COLUMNS[0] in models and models[INTERVAL_COLUMNS[0]].notna().any()


def _marker(is_optimal: bool, fontsize: float) -> dict:
    """Return the marker of a point beside labels of a font size, as keywords of `Axes.plot`."""
    if is_optimal:
        return style.FRONTIER_MARKER | {"markersize": style.FRONTIER_MARKER_SIZE * fontsize}
    return style.OTHER_MARKER | {"markersize": style.OTHER_MARKER_SIZE * fontsize}
