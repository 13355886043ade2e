"""Short names of models for pictures."""

import re
from collections import Counter
from collections.abc import Iterable

from hal_analysis.paths import shorten_middle
from hal_analysis.printing import printable

PROVIDER = re.compile(r"^([\w.@:~-]+/)+(?=.)")
MAX_LENGTH = 48
DATE = re.compile(r"-20\d\d-[01]\d-[0-3]\d(?!\d)")


def shorten_names(names: Iterable[str], max_length: int = MAX_LENGTH) -> dict[str, str]:
    """Drop provider prefix, date and the middle of long names where they stay unique.

    Characters that cannot be printed, such as those that reorder text, are escaped.

    Parameters
    ----------
    names : iterable of str
        All names that are shown together.
    max_length : int
        Characters of a name; the middle of a longer one is left out.

    Returns
    -------
    dict of str to str
        The name to show for each name: the shortest of those without provider and date, without
        date, without provider, or the full name that no other name can be mistaken for.

    Examples
    --------
    >>> shorten_names(["deepseek-ai/DeepSeek-V3", "o3-2025-04-16 high", "a-2025-01-01", "a"])
    {'deepseek-ai/DeepSeek-V3': 'DeepSeek-V3', 'o3-2025-04-16 high': 'o3 high', \
'a-2025-01-01': 'a-2025-01-01', 'a': 'a'}
    """
    unique = list(dict.fromkeys(names))
    candidates = {name: _candidates(printable(name), max_length) for name in unique}
    counts = Counter(candidate for name in unique for candidate in set(candidates[name]))
    return {
        name: next((each for each in candidates[name] if counts[each] == 1), printable(name))
        for name in unique
    }


def _candidates(name: str, max_length: int) -> list[str]:
    """Return the names that may stand for a name, the shortest first."""
    without_date = DATE.sub("", name, count=1)
    without_provider = PROVIDER.sub("", name)
    candidates = [PROVIDER.sub("", without_date), without_date, without_provider, name]
    return [*(shorten_middle(candidate, max_length) for candidate in candidates), name]
