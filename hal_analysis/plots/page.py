"""Pages: figures of the width of a text, their titles, legends and labels."""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from math import ceil

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Text

import config
from hal_analysis.plots import style
from hal_analysis.plots.providers import PROVIDER_STYLES
from hal_analysis.printing import count

MAX_MODELS = 60  # rows of a figure; the report shows all models
MAX_LINE_LENGTH = 30  # characters of a name
INCHES_PER_LINE = 1.25 / 72  # for each point of the font size
CHARACTERS_PER_INCH = 21  # of a note
MAX_SIDE = 60_000  # pixels; matplotlib supports at most 65,536


def new_figure(title: str, height: float) -> Figure:
    """Return an empty figure of the width of the page, laid out by constrained layout.

    Parameters
    ----------
    title : str
        Left out without `FIGURE_TITLES`, but kept as the metadata of vector formats.
    height : float
        Height in inches without the title.
    """
    lines = wrap_text(title, int(13 * config.FIGURE_WIDTH)).splitlines()
    title_height = len(lines) * style.TITLE_SIZE * INCHES_PER_LINE if config.FIGURE_TITLES else 0
    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.02)
    figure = Figure(figsize=(config.FIGURE_WIDTH, height + title_height), layout=layout)
    figure.set_dpi(min(style.DPI, MAX_SIDE / max(figure.get_size_inches())))
    figure.set_label(title)
    if config.FIGURE_TITLES:
        figure.suptitle("\n".join(lines), x=0.01, ha="left")
    return figure


@style.rc_context()
def message_figure(title: str, message: str, note: str = "") -> Figure:
    """Return a figure that shows a message instead of data."""
    figure = new_figure(title, 1.2)
    axes = figure.subplots(subplot_kw={"xticks": [], "yticks": []})
    add_note(axes, note)
    axes.set_axis_off()
    axes.text(0.5, 0.5, message, ha="center", va="center", fontsize=8, color=style.NOTE_COLOR)
    return figure


def add_note(axes: Axes, note: str, width: float | None = None) -> None:
    """Write a note above axes, in lines of at most `width` inches, or two thirds of the figure."""
    if note:
        unbroken = note.replace(" ≤ ", "\u00a0≤\u00a0")
        length = int(CHARACTERS_PER_INCH * (width or config.FIGURE_WIDTH * 2 / 3))
        lines = [wrap_text(line, length) for line in unbroken.splitlines()]
        axes.set_title("\n".join(lines), color=style.NOTE_COLOR, fontweight="normal")


def add_limit(note: str, n_models: int) -> str:
    """Add to a note that only the first models are shown, if there are too many."""
    if n_models <= MAX_MODELS:
        return note
    return f"{note}\nThe first {MAX_MODELS} of {n_models} models; the report has all.".strip()


def add_legend(figure: Figure, rows: Sequence[Sequence[Artist]]) -> None:
    """Add a legend below everything else, each row of handles starting on a new line."""
    n_columns = 5 if config.FIGURE_WIDTH > 5 else 2
    lines = [
        row[start : start + n_columns] for row in rows for start in range(0, len(row), n_columns)
    ]
    blank = Line2D([], [], ls="", label=" ")
    columns = zip_longest(*lines, fillvalue=blank)  # matplotlib fills one column after the other
    figure.legend(
        handles=list(chain.from_iterable(columns)),
        loc="outside lower center",
        ncols=max(map(len, lines)),
        handletextpad=0.5,
        handlelength=1.6,
        columnspacing=1.2,
        borderpad=0,
        labelspacing=0.35,
    )


def provider_handles(providers: Iterable[str]) -> list[Line2D]:
    """Return a legend handle for each provider that occurs, in the order of `PROVIDER_STYLES`."""
    shown = set(providers)
    return [
        Line2D([], [], ls="", marker=marker, color=color, ms=4.4, **style.EDGE, label=provider)
        for provider, (color, marker) in PROVIDER_STYLES.items()
        if provider in shown
    ]


def few_benchmarks_handle() -> Line2D:
    """Return the legend handle of models with fewer than `MIN_BENCHMARKS` benchmarks."""
    label = f"Fewer than {count(config.MIN_BENCHMARKS, 'benchmark')} (n)"
    color = style.tint(style.INTERVAL_COLOR)
    return Line2D([], [], ls="", marker="o", color=color, ms=4, **style.EDGE, label=label)


def interval_handle() -> Line2D:
    """Return the legend handle of intervals."""
    return Line2D([], [], color=style.INTERVAL_COLOR, lw=1.0, label="95% interval")


def keep_layout(figure: Figure) -> None:
    """Lay out a figure, unless that was done, and keep the places of its axes from then on."""
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        FigureCanvasAgg(figure)
        engine.execute(figure)
        figure.set_layout_engine("none")


def text_width(texts: Iterable[str], fontsize: float) -> float:
    """Measure the width of the widest of some texts in inches."""
    lines = set(chain.from_iterable(text.splitlines() for text in texts))
    figure = Figure()
    renderer = FigureCanvasAgg(figure).get_renderer()
    text = Text(text="\n".join(sorted(lines)), fontsize=fontsize, figure=figure)
    return text.get_window_extent(renderer).width / figure.dpi


def wrap_text(text: str, width: int = MAX_LINE_LENGTH) -> str:
    """Break a text into lines of about the same length, at most `width` characters each.

    Breaks are at spaces and behind `_`, `-` and `/` where these occur.
    """
    if len(text) <= width:
        return text
    breakable = text.replace("_", "_\0").replace("-", "-\0").replace("/", "/\0")
    words = breakable.replace(" ", " \0").split("\0")
    n_lines = ceil(len(text) / width)
    for balanced in range(ceil(len(text) / n_lines), width + 1):
        lines = _fill(words, balanced)
        if len(lines) == n_lines:
            return "\n".join(lines)
    return "\n".join(_fill(words, width))


def _fill(words: Sequence[str], width: int) -> list[str]:
    """Fill lines of at most `width` characters with words; longer words are broken."""
    lines = [""]
    for word in words:
        if lines[-1] and len((lines[-1] + word).rstrip()) > width:
            lines.append("")
        lines[-1] += word
        while len(lines[-1].rstrip()) > width:
            lines[-1], rest = lines[-1][:width], lines[-1][width:]
            lines.append(rest)
    return [line.rstrip() for line in lines]
