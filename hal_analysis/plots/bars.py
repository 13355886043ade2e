"""Bar charts of win rates."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hal_analysis.plots import layout, style
from hal_analysis.plots.ticks import set_plain_ticks

BARS_HEIGHT, MIN_BAR_DISTANCE = 4.0, 0.62  # inches


@style.rc_context()
def draw_win_rate_bars(
    rates: pd.DataFrame, *, ylabel: str, title: str, note: str = "", empty_message: str = "No data"
) -> Figure:
    """Draw win rates as bars, highest first, with intervals and values.

    Parameters
    ----------
    rates : DataFrame
        One row per model: `model_name_short`, `overall_win_rate` (from 0 to 1, or NaN),
        `win_rate_ci_low` and `win_rate_ci_high`.
    ylabel, title, note : str
        Label of the vertical axis, title, and a note below the title.
    empty_message : str
        Text shown if all win rates are missing.
    """
    if rates.overall_win_rate.isna().all():
        return layout.message_figure(title, empty_message, note)
    rates = rates.sort_values(["overall_win_rate", "model_name_short"], ascending=[False, True])
    names = [layout.wrap_text(name) for name in rates.model_name_short]
    heights = rates.overall_win_rate.fillna(0).to_numpy()
    limits = rates[["win_rate_ci_low", "win_rate_ci_high"]].to_numpy()
    tops = np.fmax(heights, limits[:, 1])
    figure = layout.blank_figure(title, note)
    axes = _place_bars(figure, names)
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
    axes.set(xlabel="Model", ylabel=ylabel)
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(0, 1.12 * max(tops.max(), 0.1)))
    set_plain_ticks(axes.yaxis)
    axes.grid(axis="y")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _place_bars(figure: Figure, names: list[str]) -> Axes:
    """Add axes with the names of the bars, as wide as the names need."""
    slanted_extent, slanted_distance = layout.slanted_size(names, style.TICK_SIZE)
    distance = max(MIN_BAR_DISTANCE, slanted_distance)
    left, bottom = max(0.85, slanted_extent - distance / 2 + 0.1), slanted_extent + 0.5
    width = distance * len(names)
    left += layout.size_to_content(figure, left + width + 0.3, bottom + BARS_HEIGHT)
    axes = figure.subplots()
    layout.place_axes(figure, axes, left, bottom, width, BARS_HEIGHT)
    axes.set_xticks(np.arange(len(names)), names, **style.SLANTED_LABELS)
    axes.tick_params(axis="x", length=0)
    return axes
