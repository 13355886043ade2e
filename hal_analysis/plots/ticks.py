"""Limits and ticks of axes."""

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, MaxNLocator

LOG_RATIO = 100  # ratio of the largest to the smallest value above which an axis is logarithmic
SMALLEST = np.finfo(float).tiny  # the smallest number with full precision


def needs_log_axis(low: float, high: float) -> bool:
    """Return whether values from `low` to `high` need a logarithmic axis."""
    return low > 0 and high > LOG_RATIO * low


def axis_limits(
    low: float, high: float, is_log: bool = False, bound: float = np.inf
) -> tuple[float, float]:
    """Return the limits of an axis with a margin for markers and labels.

    Parameters
    ----------
    low, high : float
        Smallest and largest value; they may be equal.
    is_log : bool
        Whether the axis is logarithmic.
    bound : float
        Largest possible value. The margin above it, like the one below 0, is small.
    """
    if is_log:
        margin = high**0.12 / low**0.12
        return max(low / margin, min(low, SMALLEST)), high * margin
    spread = high - low or abs(high) or 1
    margin, small_margin = 0.12 * spread, 0.06 * spread
    return (
        max(low - margin, min(low, 0) - small_margin),
        min(high + margin, max(high, bound) + small_margin),
    )


def set_plain_ticks(axis: Axis) -> None:
    """Set a few ticks with plain labels such as 1,000, all with the same number of decimals."""
    low, high = sorted(axis.get_view_interval())
    if axis.get_scale() == "log":
        multiples = (1,) if high > LOG_RATIO * low else (1, 2, 5)
        ticks = np.asarray(LogLocator(subs=multiples).tick_values(low, high))
        labels = [f"{tick:,.10g}" for tick in ticks]
    else:
        locator = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10])
        ticks = np.asarray(locator.tick_values(low, high))
        exact = [np.format_float_positional(tick, 10, fractional=False, trim="-") for tick in ticks]
        decimals = max(len(digits.partition(".")[2]) for digits in exact)
        labels = [f"{tick:,.{decimals}f}" for tick in ticks]
    is_inside = (ticks >= low) & (ticks <= high)
    axis.set_ticks(ticks[is_inside], np.array(labels)[is_inside])
    axis.set_ticks([], minor=True)
