"""Heatmaps of models × benchmarks."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

import config
from hal_analysis.plots import page, style
from hal_analysis.plots.display_names import shorten_names
from hal_analysis.plots.ticks import needs_log_axis, set_plain_ticks

MIN_ROW_HEIGHT, MAX_NORMAL_COLUMNS = 0.2, 15  # inches; more columns have smaller texts
COLOR_BAR_HEIGHT = 0.16  # inches, with the space around it
LINE_SPACING = 1.05  # of row labels, so that two lines fit a row
COLUMN_LABEL_LENGTH = 20  # characters of a line
CELL_EDGE: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.6}
MARGIN_GAP = 3  # points between the cells of benchmarks and those of the margins
MARK_SIZE = 0.065  # inches
NO_BREAK_SPACE = "\u00a0"


@dataclass(frozen=True)
class Metric:
    """What a heatmap shows.

    Attributes
    ----------
    name : str
        As in a sentence.
    column : str
        Column of the values.
    label : str
        Label of the colour bar.
    colors : str
        Name of a colour map.
    is_fraction : bool
        Whether the colours range from 0 to 1.
    overall : str
        Heading of the margin with one value for each model.
    weights : str or None
        Column of weights for the means in the margins.
    """

    name: str
    column: str
    label: str
    colors: str
    is_fraction: bool = True
    overall: str = "Mean"
    weights: str | None = None


@style.rc_context()
def draw_heatmap(
    values: pd.DataFrame,
    metric: Metric,
    runs: pd.DataFrame,
    models: Sequence[str],
    benchmarks: Sequence[str],
    *,
    title: str,
    note: str = "",
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw a metric as a heatmap of models × benchmarks, with means in the margins.

    Rows of `values` that share a cell are averaged, and the cell is marked.

    Parameters
    ----------
    values : DataFrame
        `benchmark_name`, `model_name_short`, and the columns of the metric.
    metric : Metric
    runs : DataFrame
        The runs behind the values, with `benchmark_name` and `model_name_short`.
    models, benchmarks : sequence of str
        Rows and columns in this order; benchmarks without runs are left out.
    title, note : str
    limits : tuple of float, optional
        Smallest positive and largest value of the colours, if not from 0 to 1.
    """
    if runs.empty or values[metric.column].isna().all():
        message = "No runs" if runs.empty else f"No {metric.name} in the data"
        return page.message_figure(title, message, note)
    note = page.add_limit(note, len(models))
    models = models[: page.MAX_MODELS]
    with_runs = set(runs.benchmark_name)
    benchmarks = [name for name in benchmarks if name in with_runs]
    cells = _tabulate(values, metric, runs, models, benchmarks)
    scale = Normalize(0, 1) if metric.is_fraction else color_scale(*(limits or (1, 1)))
    row_labels = [*map(page.wrap_text, shorten_names(models).values()), "Mean"]
    columns = [*benchmarks, metric.overall, "n"]
    width = config.FIGURE_WIDTH - page.text_width(row_labels, style.TEXT_SIZE) - 0.3
    cell_width = width / len(columns)
    column_labels, angle = _column_labels(columns, cell_width)
    font, row_height = _fit_texts(cells.texts, row_labels, cell_width)
    label_height = page.text_width(column_labels, style.TEXT_SIZE) * np.sin(np.radians(angle))
    figure = page.new_figure(title, row_height * len(row_labels) + label_height + 0.85)
    axes = figure.subplots()
    _draw_cells(axes, cells.grid, scale, metric)
    _mark_averages(axes, cells.is_average, cell_width, row_height)
    _write_cells(axes, cells, scale, metric, font)
    axes.set_xlabel(_explain_cells(cells, width), color=style.NOTE_COLOR, fontsize=style.TEXT_SIZE)
    _label_axes(axes, row_labels, column_labels, angle)
    page.add_note(axes, note)
    _add_color_bar(figure, axes, scale, metric)
    return figure


@dataclass(frozen=True)
class _Cells:
    """All cells, margins included.

    The arrays have a row for each model and one for the means, and a column for each benchmark, one
    for the overall values and one for the numbers of benchmarks, which have no value.
    """

    grid: np.ndarray
    texts: np.ndarray
    is_average: np.ndarray


def _tabulate(
    values: pd.DataFrame,
    metric: Metric,
    runs: pd.DataFrame,
    models: Sequence[str],
    benchmarks: Sequence[str],
) -> _Cells:
    """Return values, texts and a mask of averages for all cells."""
    shown = values.dropna(subset=metric.column)
    cells = shown.pivot_table(metric.column, "model_name_short", "benchmark_name")
    cells = cells.reindex(index=models, columns=benchmarks)
    if metric.weights is None:
        overall = cells.mean(axis=1)
    else:
        weighted = shown[metric.column] * shown[metric.weights]
        sums = pd.DataFrame({"value": weighted, "weight": shown[metric.weights]})
        sums = sums.groupby(shown.model_name_short).sum().reindex(models)
        overall = sums.value / sums.weight
    grid = np.full((len(models) + 1, len(benchmarks) + 2), np.nan)
    grid[:-1, :-2], grid[:-1, -2], grid[-1, :-2] = cells, overall, cells.mean()
    n_runs = _count_rows(runs, cells)
    texts = np.full(grid.shape, "", dtype=object)
    texts[:-1, :-2] = np.where(n_runs > 0, "n/a", "·")
    has_value = np.isfinite(grid)
    texts[has_value] = [format_value(value, metric.is_fraction) for value in grid[has_value]]
    texts[:-1, -1] = cells.notna().sum(axis=1).astype(str)
    is_average = np.zeros(grid.shape, dtype=bool)
    n_averaged = shown.loc[shown.index.repeat(shown.runs)] if "runs" in shown else shown
    is_average[:-1, :-2] = _count_rows(n_averaged, cells) > 1
    return _Cells(grid, texts, is_average)


def _count_rows(rows: pd.DataFrame, cells: pd.DataFrame) -> np.ndarray:
    """Count the rows of a frame behind each cell of another."""
    counts = rows.pivot_table(index="model_name_short", columns="benchmark_name", aggfunc="size")
    return counts.reindex_like(cells).fillna(0).to_numpy()


def _fit_texts(
    texts: np.ndarray, row_labels: Sequence[str], cell_width: float
) -> tuple[dict[str, Any], float]:
    """Return font size and rotation at which the texts fit their cells, and the row height."""
    n_benchmarks = texts.shape[1] - 2
    size = style.SMALL_CELL_SIZE if n_benchmarks > MAX_NORMAL_COLUMNS else style.NAME_SIZE
    width = page.text_width(texts.ravel(), size)
    is_upright = width > cell_width - 0.03
    n_lines = max(label.count("\n") for label in row_labels) + 1
    row_height = max(
        MIN_ROW_HEIGHT,
        (width if is_upright else size / 72) + 0.06,
        n_lines * style.TEXT_SIZE * LINE_SPACING / 72 + 0.01,
    )
    return {"fontsize": size, "rotation": 90 if is_upright else 0}, row_height


def _column_labels(columns: Sequence[str], cell_width: float) -> tuple[list[str], float]:
    """Return the labels of the columns, wrapped if there is room, and their angle."""
    line = style.TEXT_SIZE * page.INCHES_PER_LINE
    length = COLUMN_LABEL_LENGTH if cell_width > 2 * line * np.sqrt(2) else 2 * COLUMN_LABEL_LENGTH
    labels = shorten_names(columns)
    wrapped = [page.wrap_text(labels[column], length) for column in columns]
    if page.text_width(wrapped, style.TEXT_SIZE) < cell_width - 0.04:
        return wrapped, 0
    n_lines = max(label.count("\n") for label in wrapped) + 1
    return wrapped, 45 if cell_width > n_lines * line * np.sqrt(2) else 90


def _label_axes(
    axes: Axes, row_labels: Sequence[str], column_labels: Sequence[str], angle: float
) -> None:
    axes.set_yticks(
        np.arange(len(row_labels)) + 0.5, row_labels, rotation=0, linespacing=LINE_SPACING
    )
    axes.set_ylabel("")
    axes.set_xticks(np.arange(len(column_labels)) + 0.5, column_labels)
    has_room = angle != 90 and config.FIGURE_WIDTH > 5  # for the short labels of the margins
    for label in axes.get_xticklabels()[: -2 if has_room else None]:
        label.set(rotation=angle, rotation_mode="anchor")
        if angle:
            label.set(ha="right", va="center" if angle == 90 else "top")


def _draw_cells(axes: Axes, grid: np.ndarray, scale: Normalize, metric: Metric) -> None:
    """Draw the coloured cells, with gaps in front of the margins."""
    sns.heatmap(
        np.fmax(grid, scale.vmin or 0) if isinstance(scale, LogNorm) else grid,
        mask=np.isnan(grid),
        norm=scale,
        cmap=metric.colors,
        cbar=False,
        **CELL_EDGE,
        xticklabels=False,
        yticklabels=False,
        ax=axes,
    )
    n_rows, n_columns = grid.shape
    axes.axvline(n_columns - 2, color="white", lw=MARGIN_GAP)
    axes.axhline(n_rows - 1, color="white", lw=MARGIN_GAP)
    axes.grid(visible=False)
    axes.tick_params(length=0)


def _write_cells(
    axes: Axes, cells: _Cells, scale: Normalize, metric: Metric, font: dict[str, Any]
) -> None:
    """Write the texts, black or white for the higher contrast."""
    grid = cells.grid
    faces = mpl.colormaps[metric.colors](scale(np.fmax(grid, scale.vmin or 0)))
    inks = np.where(style.luminance(faces) < style.WHITE_BELOW, "white", "black").astype(object)
    inks[np.isnan(grid)] = style.NOTE_COLOR
    for (row, column), text in np.ndenumerate(cells.texts):
        if text:
            axes.text(
                column + 0.5,
                row + 0.5,
                text,
                color=inks[row, column],
                ha="center",
                va="center",
                in_layout=False,
                **font,
            )


def _mark_averages(
    axes: Axes, is_average: np.ndarray, cell_width: float, row_height: float
) -> None:
    """Mark the upper right corners of cells that average several configurations or runs.

    The marks are dark and have the white edge of the cells, so they are visible on all colours.
    """
    width, height = min(MARK_SIZE / cell_width, 0.26), min(MARK_SIZE / row_height, 0.3)
    rows, columns = np.nonzero(is_average)
    gap = (MARGIN_GAP - CELL_EDGE["linewidth"]) / 2 / 72 / cell_width
    rights = columns + 1 - np.where(columns == is_average.shape[1] - 3, gap, 0)
    triangles = [
        [(right - width, row), (right, row), (right, row + height)]
        for row, right in zip(rows, rights, strict=True)
    ]
    axes.add_collection(mpl.collections.PolyCollection(triangles, facecolor=style.INK, **CELL_EDGE))


def _explain_cells(cells: _Cells, width: float) -> str:
    """Explain marks and empty cells, as far as there are any, in lines of some inches.

    Line breaks are between explanations only. SVG viewers collapse spaces, but not no-break spaces.
    """
    explanations = [
        "n  benchmarks with a value",
        "·  no runs" if (cells.texts == "·").any() else "",
        "n/a  no value" if (cells.texts == "n/a").any() else "",
        "◥  mean of several scaffolds or runs" if cells.is_average.any() else "",
    ]
    unbroken = [text.replace(" ", NO_BREAK_SPACE) for text in explanations if text]
    lines = textwrap.wrap(
        f"{5 * NO_BREAK_SPACE} ".join(unbroken),
        int(page.CHARACTERS_PER_INCH * width),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(line.rstrip() for line in lines)


def _add_color_bar(figure: Figure, axes: Axes, scale: Normalize, metric: Metric) -> None:
    bar = figure.colorbar(
        ScalarMappable(scale, metric.colors),
        ax=axes,
        location="bottom",
        label=metric.label,
        fraction=COLOR_BAR_HEIGHT / figure.get_figheight(),
        shrink=0.5,
        aspect=35,
        pad=0.02,
    )
    set_plain_ticks(bar.ax.xaxis)
    bar.ax.tick_params(length=2)
    bar.outline.set_visible(False)
    if bar.solids is not None:
        bar.solids.set_rasterized(False)  # no raster image in vector formats
        bar.solids.set_edgecolor("face")  # no seams between the colours in vector formats


def color_scale(smallest: float, largest: float) -> Normalize:
    """Return a scale for costs or latencies on which one outlier does not hide the others.

    Parameters
    ----------
    smallest, largest : float
        Smallest positive value, and largest value.
    """
    if needs_log_axis(smallest, largest):
        return LogNorm(smallest, largest)
    return Normalize(0, largest if largest > 0 else 1)


def format_value(value: float, is_fraction: bool) -> str:
    """Format a fraction with two decimals, or an amount in at most six characters."""
    if is_fraction:
        return f"{value:.2f}"
    if value == 0:
        return "0"
    if value < 0.001:
        return "<0.001"
    if value < 0.0995:
        return f"{value:.3f}"
    if value < 99.95:
        return f"{value:#.3g}"
    if value < 99_950:
        return f"{value:,.0f}"
    for unit, divisor in (("k", 1e3), ("M", 1e6), ("bn", 1e9)):
        if value < 999.5 * divisor:
            return f"{value / divisor:.3g}{unit}"
    return f"{value:.0e}"
