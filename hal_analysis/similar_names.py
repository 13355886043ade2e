"""Pairs of short names that may mean the same model or the same scaffold."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations

import pandas as pd

from hal_analysis.models import DATE, EFFORTS, find_known_model

EFFORT_SUFFIX = re.compile(rf" ({EFFORTS})$")
PUNCTUATION = re.compile(r"[\W_]")
UNSPECIFIC = re.compile(r"-(latest|preview|instruct|\d{3,4})(?=-|$)")


def describe_similar_names(runs: pd.DataFrame) -> list[str]:
    """Return a line for each pair of names that may mean the same model or scaffold.

    Parameters
    ----------
    runs : DataFrame with agent_name_short and model_name_short
    """
    lines = []
    for column, loosen, noun, setting in (
        ("model_name_short", _loosen_model, "model", "MODEL_NAME_MAP"),
        ("agent_name_short", _loosen_scaffold, "scaffold", "AGENT_NAME_SHORT_MAP"),
    ):
        lines += [
            f"possibly one {noun}: {first}, {second}: see {setting}"
            for first, second in _similar_pairs(runs[column].unique(), loosen)
        ]
    return lines


def _similar_pairs(names: Iterable[str], loosen: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return the pairs of names with the same loosened form, unless they are two known models."""
    groups = defaultdict(list)
    for name in sorted(names):
        groups[loosen(name) or name].append(name)
    return [
        (first, second)
        for group in groups.values()
        for first, second in combinations(group, 2)
        if not _are_two_known_models(first, second)
    ]


def _are_two_known_models(*names: str) -> bool:
    first, second = (find_known_model(EFFORT_SUFFIX.sub("", name)) for name in names)
    return first is not None and second is not None and first != second


def _loosen_model(name: str) -> str:
    """Drop organisation, date, version suffix, punctuation and the usual default effort."""
    effort = EFFORT_SUFFIX.search(name)
    bare = DATE.sub("", EFFORT_SUFFIX.sub("", name).rpartition("/")[2].lower())
    bare = PUNCTUATION.sub("", UNSPECIFIC.sub("", bare))
    return bare + (effort[0] if effort and effort[1] != "medium" else "")


def _loosen_scaffold(name: str) -> str:
    return PUNCTUATION.sub("", name.lower()).removesuffix("agent")
