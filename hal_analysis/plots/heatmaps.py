"""Heatmaps of benchmarks × models."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize, to_rgba
from matplotlib.figure import Figure

from hal_analysis.plots import layout, style
from hal_analysis.plots.ticks import set_plain_ticks

MIN_CELL_HEIGHT, MIN_COLOR_BAR_HEIGHT = 0.42, 2.0  # inches
LOG_RATIO = 10  # ratio of the largest to the smallest value above which colours are logarithmic


@style.rc_context()
def draw_heatmap(
    values: pd.DataFrame,
    column: str,
    runs: pd.DataFrame,
    models: Iterable[str],
    *,
    label: str,
    title: str,
    note: str = "",
    is_fraction: bool = False,
    empty_message: str = "No data",
) -> Figure:
    """Draw a column of a frame as a heatmap of benchmarks × models.

    Cells without runs show "no runs"; cells with runs but without a value show "n/a". Rows of
    `values` that share a cell are averaged.

    Parameters
    ----------
    values, column : DataFrame and str
        Frame with `benchmark_name` and `model_name_short`, and its column to draw.
    runs : DataFrame
        The runs behind the values, with `benchmark_name` and `model_name_short`.
    models : iterable of str
        Models to draw, also those without runs.
    label, title, note : str
        Label of the colour bar, title, and a note below the title.
    is_fraction : bool
        Whether the colours range from 0 to 1. Otherwise they range from 0 to the largest value, or
        are logarithmic if the values differ by more than a factor of `LOG_RATIO`.
    empty_message : str
        Text shown if all values are missing.
    """
    if runs.empty or values[column].isna().all():
        return layout.message_figure(title, "No runs" if runs.empty else empty_message, note)
    rows, columns = sorted(set(runs.benchmark_name)), sorted(set(models))
    means = values.pivot_table(column, "benchmark_name", "model_name_short")
    grid = means.reindex(index=rows, columns=columns).to_numpy()
    counts = pd.crosstab(runs.benchmark_name, runs.model_name_short)
    has_runs = counts.reindex(index=rows, columns=columns, fill_value=0).to_numpy() > 0
    texts = _cell_texts(grid, has_runs, is_fraction)
    scale = Normalize(0, 1) if is_fraction else _color_scale(grid)
    figure = layout.blank_figure(title, note)
    axes, color_bar_axes = _place_heatmap(figure, rows, columns, texts)
    _draw_cells(axes, texts, *_cell_colors(grid, has_runs, scale))
    bar = figure.colorbar(ScalarMappable(scale, style.CELL_COLORS), cax=color_bar_axes, label=label)
    set_plain_ticks(color_bar_axes.yaxis)
    bar.outline.set_visible(False)
    return figure


def _place_heatmap(
    figure: Figure, rows: list[str], columns: list[str], texts: np.ndarray
) -> tuple[Axes, Axes]:
    """Add labelled axes for the cells and axes for the colour bar, sized to the texts."""
    row_labels = [layout.wrap_text(row) for row in rows]
    column_labels = [layout.wrap_text(column) for column in columns]
    slanted_extent, slanted_distance = layout.slanted_size(column_labels, style.TICK_SIZE)
    text_width = layout.text_sizes(np.unique(texts), style.CELL_SIZE)[:, 0].max()
    cell_width = max(text_width + 0.16, slanted_distance)
    row_label_width, row_label_height = layout.text_sizes(row_labels, style.TICK_SIZE).max(axis=0)
    cell_height = max(MIN_CELL_HEIGHT, row_label_height + 0.1)
    left = max(row_label_width + 0.55, slanted_extent - cell_width / 2 + 0.1)
    width, height = cell_width * len(columns), cell_height * len(rows)
    full_height, bottom = max(height, MIN_COLOR_BAR_HEIGHT), slanted_extent + 0.5
    left += layout.size_to_content(figure, left + width + 1.3, bottom + full_height)

    axes = figure.subplots()
    layout.place_axes(figure, axes, left, bottom + full_height - height, width, height)
    axes.set_xticks(np.arange(len(columns)) + 0.5, column_labels, **style.SLANTED_LABELS)
    axes.set_yticks(np.arange(len(rows)) + 0.5, row_labels)
    axes.set(xlabel="Model", ylabel="Benchmark")
    color_bar_axes = figure.add_axes((0, 0, 1, 1))
    layout.place_axes(figure, color_bar_axes, left + width + 0.2, bottom, 0.18, full_height)
    return axes, color_bar_axes


def _draw_cells(axes: Axes, texts: np.ndarray, faces: np.ndarray, inks: np.ndarray) -> None:
    """Draw coloured cells with a text in each, the first row at the top."""
    axes.pcolormesh(faces, edgecolors="white", linewidth=1)
    for (row, column), text in np.ndenumerate(texts):
        axes.text(
            column + 0.5,
            row + 0.5,
            text,
            color=inks[row, column],
            fontsize=style.CELL_SIZE,
            ha="center",
            va="center",
        )
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _cell_texts(grid: np.ndarray, has_runs: np.ndarray, is_fraction: bool) -> np.ndarray:
    texts = np.where(has_runs, "n/a", "no runs").astype(object)
    has_value = ~np.isnan(grid)
    texts[has_value] = [
        f"{value:.2f}" if is_fraction else _format_amount(value) for value in grid[has_value]
    ]
    return texts


def _cell_colors(
    grid: np.ndarray, has_runs: np.ndarray, scale: Normalize
) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours of the cells, RGBA in the last axis, and of the texts in them."""
    faces = style.CELL_COLORS(scale(np.fmax(grid, scale.vmin or 0)))
    inks = np.where(_luminance(faces) < style.WHITE_BELOW, "white", "black").astype(object)
    cell_types = (~has_runs, style.NO_RUNS_COLORS), (has_runs, style.NO_VALUE_COLORS)
    for is_type, (face, ink) in cell_types:
        is_empty = is_type & np.isnan(grid)
        faces[is_empty], inks[is_empty] = to_rgba(face), ink
    return faces, inks


def _color_scale(values: np.ndarray) -> Normalize:
    """Return a scale for costs or latencies on which one outlier does not hide the others."""
    positive, largest = values[values > 0], np.nanmax(values)
    if positive.size and largest > LOG_RATIO * positive.min():
        return LogNorm(positive.min(), largest)
    return Normalize(0, largest if largest > 0 else 1)


def _luminance(colors: np.ndarray) -> np.ndarray:
    """Return the relative luminance of sRGB colours, from 0 to 1.

    Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
    """
    channels = colors[..., :3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def _format_amount(value: float) -> str:
    """Format a cost or a latency with three significant digits, or more for large integers."""
    return f"{value:,.0f}" if value == 0 or abs(value) >= 99.95 else f"{value:#.3g}"
