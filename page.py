"""A page for a figure: sizes in inches, axes where they are told to be, names beside points.

What a page must hold is measured before, so that it is laid out and drawn once.
"""

import io
import textwrap
from contextlib import redirect_stdout
from math import ceil, sqrt

import numpy as np
import textalloc
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

import style

TITLE_HEIGHT, NOTE_GAP = 0.7, 0.14  # inches; a note begins that much above the title's end
SIDES, ABOVE, BELOW, LEGEND_HEIGHT = (0.85, 0.3), 0.25, 0.75, 0.4  # around panels, inches
LINE_HEIGHT = 1.25 / 72  # inches a point of letter
LONGEST_LINE = 36  # letters of a name
LARGEST_SIDE, LARGEST_AREA = 60_000, 60e6  # pixels; matplotlib ends at 65,536 a side
PNG_COMPRESSION = 2  # of zlib; its default 6 takes longer for few bytes
CLEARANCE = 0.3  # between a name and what is near it, of the letters' size

# How far from its point a name may stand, as a part of the panel's width, how many places are
# tried, and whether names keep clear of the frontier, and the lines to points of names and of each
# other, which those to points that coincide cannot. Beyond the first it is for the frontier and
# for numbers: other names rather become numbers than stand at the end of a long line.
REACHES = [(0.18, 250, True), (0.4, 600, True), (0.4, 600, False), (1.0, 1500, False)]


def blank(title, note=""):
    """A figure with a title and a note below it, above the content that `fit` makes room for."""
    figure = Figure()
    FigureCanvasAgg(figure)
    down = ScaledTranslation(0, -TITLE_HEIGHT / 2, figure.dpi_scale_trans)
    figure.suptitle(title, x=0.5, y=1, va="center", transform=figure.transFigure + down)
    if note:
        down = ScaledTranslation(0, -TITLE_HEIGHT + NOTE_GAP, figure.dpi_scale_trans)
        figure.text(
            0.5,
            1,
            note,
            transform=figure.transFigure + down,
            ha="center",
            va="top",
            fontsize=style.NOTE_SIZE,
            color=style.NOTE_COLOR,
        )
    return figure


def fit(figure, width, height):
    """Make the page as large as a content of so many inches, the title and the note need.

    Returns where the content begins from the left, in inches: the title may be wider.
    """
    title, *notes = (text.get_text() for text in figure.texts)
    title_width = text_sizes([title], style.TITLE_SIZE, weight="bold")[0, 0]
    note_sizes = text_sizes(notes, style.NOTE_SIZE).reshape(-1, 2)
    page_width = max(width, title_width + 0.4, *(note_sizes[:, 0] + 0.4))
    resize(figure, page_width, height + TITLE_HEIGHT + note_sizes[:, 1].sum())
    return (page_width - width) / 2


def resize(figure, width, height):
    """Give a figure a size in inches, and as many pixels as can be drawn."""
    figure.set_size_inches(width, height)
    figure.set_dpi(
        min(style.DPI, LARGEST_SIDE / max(width, height), sqrt(LARGEST_AREA / (width * height)))
    )


def picture(figure, kind):
    """A figure as the bytes of a file: png, pdf or svg."""
    if kind == "png":
        return _png(figure)
    file = io.BytesIO()
    figure.savefig(
        file, format=kind, metadata={"pdf": {"CreationDate": None}, "svg": {"Date": None}}[kind]
    )
    return file.getvalue()


def _png(figure):
    """Encode by libvips, in a third of the time that Pillow takes, and smaller."""
    import pyvips  # here, since it may not be loaded before a process is forked

    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    pixels = pyvips.Image.new_from_memory(
        figure.canvas.buffer_rgba(), width, height, bands=4, format="uchar"
    )
    image = pixels[:3].copy(interpretation="srgb")
    per_mm = figure.dpi / 25.4
    return image.copy(xres=per_mm, yres=per_mm).pngsave_buffer(
        compression=PNG_COMPRESSION, filter="up", keep="none"
    )


def place(figure, axes, left, bottom, width, height):
    """Put axes at a place on the page, and give them a size, in inches."""
    page_width, page_height = figure.get_size_inches()
    axes.set_position(
        (left / page_width, bottom / page_height, width / page_width, height / page_height)
    )


def arrange(figure, panels, size, key, points):
    """Put panels, all of one size in inches, in rows, and the key beside them.

    The key, names by the numbers that stand for them, has letters of so many points. It goes where
    the last row has no panels, or else right of all.
    """
    across = ceil(sqrt(len(panels)))
    down = ceil(len(panels) / across)
    title_lines = max(len(axes.get_title().splitlines()) for axes in panels)
    above = ABOVE * bool(title_lines) + title_lines * style.PANEL_TITLE_SIZE * LINE_HEIGHT
    width, height = size[0] + sum(SIDES), above + size[1] + BELOW
    free = across * down - len(panels)
    columns, column_widths = _key_columns(key, points, size[1] if free else down * height)
    if sum(column_widths) > free * width:
        columns, column_widths = _key_columns(key, points, down * height)
        free = 0
    top = LEGEND_HEIGHT + down * height
    start = fit(figure, across * width + (0 if free else sum(column_widths)), top)
    for number, axes in enumerate(panels):
        row, column = divmod(number, across)
        left, bottom = start + column * width + SIDES[0], top - row * height - above - size[1]
        place(figure, axes, left, bottom, *size)
        axes.set_visible(True)
    key_top = top - above - (down - 1) * height * (free > 0)
    lefts = start + (across - free) * width + np.cumsum([0, *column_widths])
    for column, left in zip(columns, lefts, strict=False):
        figure.text(
            left,
            key_top,
            column,
            transform=figure.dpi_scale_trans,
            va="top",
            fontsize=points,
            color=style.OTHER_COLOR,
        )


def _key_columns(key, points, height):
    """Numbered names in columns no higher than so many inches, and the columns' widths."""
    lines = []
    for number, name in key.items():
        first, *others = wrapped(name).splitlines()
        lines += [f"{number}  {first}", *(f"      {other}" for other in others)]
    room = int(height / (points * LINE_HEIGHT))
    columns = ["\n".join(lines[first : first + room]) for first in range(0, len(lines), room)]
    return columns, [text_sizes([column], points)[0, 0] + SIDES[1] for column in columns]


def text_sizes(texts, points, **font):
    """Measure texts.

    Returns
    -------
    array of shape (n, 2)
        Width and height of each in inches.
    """
    figure = Figure()
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [
        figure.text(0, 0, text, fontsize=points, **font).get_window_extent(renderer)
        for text in texts
    ]
    return np.array([(box.width, box.height) for box in boxes]) / figure.dpi


def slanted_size(names, points):
    """Of names at 45 degrees: how far they reach down and left, and how far apart, in inches."""
    sizes = text_sizes(names, points)
    return sizes.sum(axis=1).max() / sqrt(2), 1.15 * sqrt(2) * sizes[:, 1].max()


def wrapped(text, letters=LONGEST_LINE):
    """A text with line breaks where it is longer than so many letters."""
    return textwrap.fill(text, letters) if len(text) > letters else text


def name_points(axes, x, y, names, numbers, first, line, points):
    """Write names beside points, clear of points, line, frame and each other.

    A thin line leads from each name to its point. Where there is no room for a name, a number
    stands for it, and where there is none for a number, the name beside it becomes one. The names
    of points that are `first` are placed before all others, as far away as it takes.

    Parameters
    ----------
    axes : Axes
        With its final limits, scales and size.
    x, y : array of shape (n,)
        The points in data coordinates.
    names, numbers : list of str
    first : array of bool of shape (n,)
        Points on the frontier; their names are bold and of its colour.
    line : tuple of two arrays
        A line to keep clear of, in data coordinates.
    points : float
        Size of the letters.

    Returns
    -------
    list of int
        The places in `names` of those that a number stands for.
    """
    order = np.lexsort((y, ~first))
    x, y, first = x[order], y[order], first[order]
    texts = [wrapped(names[place]) for place in order]
    pixels = axes.transData.transform(np.column_stack([x, y]))
    is_number, reach = np.zeros(len(texts), bool), 0
    while True:
        written, leaders = _allocate(axes, x, y, texts, first, line, points, *REACHES[reach])
        lacking = np.array([text is None for text in written], bool)
        astray = _lead_over_others(axes, pixels, leaders, points)
        makes_way = (lacking | astray) & ~is_number & ~first
        if not makes_way.any():
            makes_way = _nearest(pixels, lacking & is_number, ~is_number & ~first)
        if not makes_way.any() and reach == len(REACHES) - 1:
            makes_way = lacking & ~is_number
            if not makes_way.any():
                break
        elif not makes_way.any():
            if not lacking.any():
                break
            reach += 1
        for artist in filter(None, written + leaders):
            artist.remove()
        for place in np.flatnonzero(makes_way):
            texts[place] = numbers[order[place]]
        is_number |= makes_way
    for place in np.flatnonzero(lacking):  # a number without room anywhere stands on its point
        axes.text(
            x[place],
            y[place],
            texts[place],
            fontsize=0.6 * points,
            color="white",
            ha="center",
            va="center",
            zorder=6,
        )
    return order[is_number].tolist()


def _lead_over_others(axes, pixels, leaders, points):
    """Which of the lines to the points pass over the marker of another point."""
    ends = np.array(
        [
            axes.transData.transform(leader.get_xydata()[0]) if leader else point
            for leader, point in zip(leaders, pixels, strict=True)
        ]
    )
    along = (ends - pixels)[:, np.newaxis]
    others = pixels - pixels[:, np.newaxis]
    part = (others * along).sum(axis=2) / np.maximum((along**2).sum(axis=2), 1)
    beside = np.hypot(*np.moveaxis(others - np.clip(part, 0, 1)[..., np.newaxis] * along, 2, 0))
    radius = points * axes.figure.dpi / 72 / 2
    return ((beside < radius) & (np.hypot(*np.moveaxis(others, 2, 0)) > radius)).any(axis=1)


def _nearest(pixels, to, among):
    """Of the points `among` the nearest to each of the points `to`; all three by points."""
    nearest = np.zeros(len(pixels), bool)
    if among.any():
        for point in pixels[to]:
            distances = np.hypot(*(pixels - point).T)
            nearest[np.argmin(np.where(among, distances, np.inf))] = True
    return nearest


def _allocate(axes, x, y, texts, first, line, points, distance, places, clear_lines):
    """Place texts by textalloc: the Text of each, None without room, and the lines to points."""
    pixels = points * axes.figure.dpi / 72  # the letters' size
    reach = np.where(first, style.FRONTIER_MARKER_SIZE / sqrt(2), style.OTHER_MARKER_SIZE / 2)
    width = axes.bbox.width
    frame = axes.transData.inverted().transform(axes.bbox.padded(-CLEARANCE * pixels).get_points())
    with redirect_stdout(io.StringIO()):  # it prints where no text at all finds room
        *_, written, leaders = textalloc.allocate(
            axes,
            x,
            y,
            texts,
            x_scatter=x,
            y_scatter=y,
            scatter_sizes=reach * pixels,
            x_lines=[line[0]] if clear_lines else None,
            y_lines=[line[1]] if clear_lines else None,
            textsize=points,
            textcolor=np.where(first, style.FRONTIER_COLOR, style.OTHER_COLOR).tolist(),
            fontweight=np.where(first, "bold", "normal").tolist(),
            linecolor=style.LEADER_COLOR,
            linewidth=0.08 * points,
            margin=CLEARANCE * pixels / width,
            min_distance=(reach.max() + 1.2 * CLEARANCE) * pixels / width,
            max_distance=distance,
            nbr_candidates=places,
            draw_all=False,
            avoid_label_lines_overlap=clear_lines,
            avoid_crossing_label_lines=clear_lines,
            xlims=frame[:, 0],
            ylims=frame[:, 1],
            auto_ha=False,
            va="bottom",
            zorder=5,
        )
    return written, leaders
