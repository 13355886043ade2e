"""Dot plots of win rates, with intervals, ranks, and what the tests of tasks decide."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

import config
from hal_analysis.plots import page, style
from hal_analysis.plots.display_names import MAX_LENGTH, shorten_names
from hal_analysis.plots.providers import PROVIDER_COLORS, PROVIDER_MARKERS, provider_of

# Inches.
ROW_HEIGHT, MIN_DOTS_WIDTH, OUTCOMES_WIDTH, PADDING = 0.19, 1.25, 1.5, 0.3
COLUMNS_WIDTH, RATE_WIDTH = 1.25, 0.55  # of all columns of numbers, and of the win rate alone

MIN_LINE_LENGTH = 8  # characters of a name

# What the comparisons of a model come to, from the left to the right.
OUTCOMES = {
    "wins_decided": ("won", style.WON_BAR),
    "undecided": ("undecided", style.UNDECIDED_BAR),
    "untested": ("not tested", style.UNTESTED_BAR),
    "losses_decided": ("lost", style.LOST_BAR),
}


@style.rc_context()
def draw_win_rate_dots(
    rates: pd.DataFrame,
    separated: Sequence[str],
    *,
    title: str,
    note: str = "",
    empty_message: str = "No data",
) -> Figure:
    """Draw win rates as dots with intervals, highest first, beside their numbers.

    Models with fewer than `MIN_BENCHMARKS` benchmarks come last, as pale markers.

    Parameters
    ----------
    rates : DataFrame
        One row per model: `model_name_short`, `overall_win_rate` (from 0 to 1, or NaN),
        `win_rate_ci_low`, `win_rate_ci_high`, `rank_low`, `rank_high`, `benchmarks`, and optionally
        the numbers of comparisons in the columns of `OUTCOMES`.
    separated : sequence of str
        Models that are separated from the next one in the ranking.
    title, note : str
        Title, and a note below it.
    empty_message : str
        Text shown if all win rates are missing.
    """
    if rates.overall_win_rate.isna().all():
        return page.message_figure(title, empty_message, note)
    note = page.add_limit(note, len(rates))
    rates = _order(rates)[: page.MAX_MODELS]
    is_wide = config.FIGURE_WIDTH > 5
    has_outcomes = is_wide and _has_outcomes(rates)
    widths = [COLUMNS_WIDTH if is_wide else COLUMNS_WIDTH - RATE_WIDTH]
    widths += [OUTCOMES_WIDTH] * has_outcomes
    room = config.FIGURE_WIDTH - sum(widths) - PADDING  # for names and dots
    labels = _fit_names(rates.model_name_short, room - MIN_DOTS_WIDTH)
    names_width = page.text_width(labels, style.TEXT_SIZE)
    widths.insert(0, max(room - names_width, MIN_DOTS_WIDTH))
    n_lines = max(label.count("\n") for label in labels) + 1
    row_height = max(ROW_HEIGHT, n_lines * style.TEXT_SIZE * page.INCHES_PER_LINE)
    figure = page.new_figure(title, row_height * (len(rates) + 1) + 0.95)
    all_axes = figure.subplots(1, len(widths), sharey=True, width_ratios=widths)
    note_width = min(config.FIGURE_WIDTH - names_width - PADDING / 2, 2 * widths[0])
    page.add_note(all_axes[0], note, note_width)
    _draw_dots(all_axes[0], rates, labels)
    _write_columns(all_axes[1], rates, is_wide)
    if has_outcomes:
        _draw_outcomes(all_axes[2], rates)
    _draw_rules(all_axes, rates, separated)
    page.add_legend(figure, _legend_rows(rates, has_outcomes))
    return figure


def _order(rates: pd.DataFrame) -> pd.DataFrame:
    """Sort ranked models by win rate, then the others; add provider and whether it is ranked."""
    is_ranked = (rates.benchmarks >= config.MIN_BENCHMARKS) & rates.overall_win_rate.notna()
    return rates.assign(
        is_ranked=is_ranked, provider=rates.model_name_short.map(provider_of)
    ).sort_values(
        ["is_ranked", "overall_win_rate", "model_name_short"],
        ascending=[False, False, True],
        ignore_index=True,
    )


def _fit_names(models: Sequence[str], width: float) -> list[str]:
    """Return the names to show, in lines of at most `width` inches, two if possible."""
    labels: dict[str, str] = {}
    too_wide = list(models)
    for length in range(page.MAX_LINE_LENGTH, MIN_LINE_LENGTH - 1, -1):
        names = shorten_names(models, min(MAX_LENGTH, 2 * length))
        labels |= {model: page.wrap_text(names[model], length) for model in too_wide}
        if page.text_width(labels.values(), style.TEXT_SIZE) <= width:
            break
        too_wide = [m for m in too_wide if page.text_width([labels[m]], style.TEXT_SIZE) > width]
    return [labels[model] for model in models]


def _has_outcomes(rates: pd.DataFrame) -> bool:
    """Return whether tests of the tasks say anything about the comparisons."""
    if not set(OUTCOMES) <= set(rates):
        return False
    return bool(rates[[outcome for outcome in OUTCOMES if outcome != "untested"]].any(axis=None))


def _draw_dots(axes: Axes, rates: pd.DataFrame, labels: Sequence[str]) -> None:
    """Draw dots and intervals, the first row at the top."""
    rows = np.arange(len(rates))
    limits = rates.win_rate_ci_low, rates.win_rate_ci_high
    axes.vlines(0.5, -0.5, len(rates) - 0.5, color=style.RULE_COLOR, lw=0.8, zorder=1)
    axes.hlines(rows, *limits, color=style.INTERVAL_COLOR, lw=1.2, zorder=2)
    sns.scatterplot(
        x=rates.overall_win_rate,
        y=rows,
        hue=rates.provider,
        style=rates.provider,
        palette=PROVIDER_COLORS,
        markers=PROVIDER_MARKERS,
        s=26 if config.FIGURE_WIDTH > 5 else 18,
        legend=False,
        ax=axes,
        zorder=3,
        clip_on=False,  # whole markers at 0 and 1
    )
    points = axes.collections[-1]
    shown = rates.dropna(subset="overall_win_rate")
    colors = shown.provider.map(PROVIDER_COLORS)
    points.set_facecolor(colors.where(shown.is_ranked, colors.map(style.tint)).tolist())
    points.set_edgecolor(style.INK)
    points.set_linewidth(0.4)
    axes.set_yticks(rows, labels)
    axes.set(xlim=(-0.03, 1.03), ylim=(len(rates) - 0.5, -1.5), xlabel="Win rate", ylabel="")
    places = [0, 0.25, 0.5, 0.75, 1] if config.FIGURE_WIDTH > 5 else [0, 0.5, 1]
    axes.set_xticks(places, [f"{place:g}" for place in places])
    axes.grid(visible=False)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="x", length=2)


def _write_columns(axes: Axes, rates: pd.DataFrame, has_rates: bool) -> None:
    """Write win rate, if there is room, rank range and number of benchmarks in columns."""
    axes.set_axis_off()
    axes.set_xlim(0 if has_rates else RATE_WIDTH, COLUMNS_WIDTH)
    ranks = map(_format_range, rates.rank_low, rates.rank_high)
    columns = [
        (0.25, "Win rate", [_format_rate(rate) for rate in rates.overall_win_rate]),
        (0.78, "Ranks", list(ranks)),
        (1.16, "n", [f"{n:.0f}" for n in rates.benchmarks]),
    ]
    for x, heading, texts in columns[not has_rates :]:
        axes.text(x, -1, heading, ha="center", va="center_baseline", weight="bold")
        for row, text in enumerate(texts):
            axes.text(x, row, text, ha="center", va="center_baseline")


def _format_rate(rate: float) -> str:
    return "n/a" if np.isnan(rate) else f"{rate:.2f}"


def _format_range(low: float, high: float) -> str:
    return "" if np.isnan(low) else f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _draw_outcomes(axes: Axes, rates: pd.DataFrame) -> None:
    """Draw the shares of comparisons that tests of the tasks decide as stacked bars."""
    counts = rates[list(OUTCOMES)].to_numpy(float)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    lefts = np.cumsum(shares, axis=1) - shares
    for place, (_, (color, hatch)) in enumerate(OUTCOMES.values()):
        axes.barh(
            np.arange(len(rates)),
            shares[:, place],
            left=lefts[:, place],
            height=0.62,
            facecolor=color,
            hatch=hatch,
            **style.BAR_EDGE,
        )
    axes.text(0.5, -1, "Paired tests of tasks", ha="center", va="center_baseline", weight="bold")
    axes.set(xlim=(0, 1), xlabel="Share of comparisons")
    axes.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
    axes.tick_params(axis="y", length=0, labelleft=False)
    axes.tick_params(axis="x", length=2)
    axes.grid(visible=False)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _draw_rules(all_axes: Sequence[Axes], rates: pd.DataFrame, separated: Sequence[str]) -> None:
    """Draw rules below separated models, and a dashed one above models with few benchmarks."""
    n_ranked = int(rates.is_ranked.sum())
    for axes in all_axes:
        for row, name in enumerate(rates.model_name_short):
            if name in separated and row + 1 < n_ranked:
                axes.axhline(row + 0.5, color=style.INK, lw=0.7)
        if 0 < n_ranked < len(rates):
            axes.axhline(n_ranked - 0.5, color=style.INTERVAL_COLOR, lw=0.7, ls=(0, (4, 3)))


def _legend_rows(rates: pd.DataFrame, has_outcomes: bool) -> list[list[Artist]]:
    """Return the handles of the legend: providers, then intervals and outcomes."""
    others: list[Artist] = []
    if rates.win_rate_ci_low.notna().any():
        others.append(page.interval_handle())
    if not rates.is_ranked.all():
        others.append(page.few_benchmarks_handle())
    if has_outcomes:
        others += [
            Patch(facecolor=color, hatch=hatch, label=label, **style.BAR_EDGE)
            for label, (color, hatch) in OUTCOMES.values()
        ]
    return [[*page.provider_handles(rates.provider)], others]
