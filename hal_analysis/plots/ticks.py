"""Limits and ticks of axes."""

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, MaxNLocator

LOG_RATIO = 10  # ratio of the largest to the smallest value from which on an axis is logarithmic
SMALLEST = np.finfo(float).tiny  # the smallest number with full precision


def needs_log_axis(low: float, high: float) -> bool:
    """Return whether values from `low` to `high` need a logarithmic axis."""
    return low > 0 and high >= LOG_RATIO * low


def axis_limits(
    low: float, high: float, margin: float, is_log: bool = False
) -> tuple[float, float]:
    """Return the limits of an axis with a margin for markers and labels.

    Parameters
    ----------
    low, high : float
        Smallest and largest value; they may be equal.
    margin : float
        Width of the margins relative to the distance of the values. Below 0, it is half as wide.
    is_log : bool
        Whether the axis is logarithmic.
    """
    if is_log:
        factor = high**margin / low**margin
        return max(low / factor, min(low, SMALLEST)), high * factor
    spread = high - low or abs(high) or 1
    return max(low - margin * spread, min(low, 0) - margin / 2 * spread), high + margin * spread


def set_plain_ticks(axis: Axis, largest: float = np.inf) -> None:
    """Set a few ticks, up to `largest`, with plain labels such as 1,000.

    On a linear axis, all labels have the same number of decimals.
    """
    low, high = sorted(axis.get_view_interval())
    if axis.get_scale() == "log":
        multiples = (1,) if high > 100 * low else (1, 3) if high > 20 * low else (1, 2, 5)
        ticks = np.asarray(LogLocator(subs=multiples, numticks=7).tick_values(low, high))
        labels = [_log_label(tick) for tick in ticks]
    else:
        locator = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10])
        ticks = np.asarray(locator.tick_values(low, high))
        exact = [np.format_float_positional(tick, 10, fractional=False, trim="-") for tick in ticks]
        decimals = max(len(digits.partition(".")[2]) for digits in exact)
        labels = [f"{tick:,.{decimals}f}" for tick in ticks]
    is_inside = (ticks >= low) & (ticks <= min(high, largest))
    axis.set_ticks(ticks[is_inside], np.array(labels)[is_inside])
    axis.set_ticks([], minor=True)


def _log_label(tick: float) -> str:
    return f"{tick:,.10g}" if 1e-4 <= tick < 1e7 else f"{tick:.0e}"
