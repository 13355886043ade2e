"""The tokens of a run, from the section `total_usage` near the end of a trace."""

import json
from collections.abc import Mapping
from typing import Any

USAGE_KEY = '"total_usage"'
MAX_TRIES = 100  # occurrences of the key, in texts or nested objects, that are tried
MAX_TOKENS = 10**12  # larger sums are errors
PROMPT_KEYS = (
    "prompt_tokens",
    "input_tokens",
    "input_tokens_cache_read",
    "input_tokens_cache_write",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)
# HAL's harness counts the tokens read from a cache among the prompt_tokens of a model.
CONTAINED_IN_PROMPT_TOKENS = "cache_read_input_tokens"
COMPLETION_KEYS = ("completion_tokens", "output_tokens")


def find_total_usage(end: bytes) -> Any:
    """Return the section `total_usage` from the last bytes of a trace, or None.

    The text from its key to the end must be the remaining members of the outermost object. A key
    in a nested object or in a text has other brackets behind it.
    """
    text = end.decode(errors="replace")
    position = len(text)
    for _ in range(MAX_TRIES):
        position = text.rfind(USAGE_KEY, 0, position)
        if position < 0:
            return None
        if _is_escaped(text, position):
            continue
        try:
            return json.loads("{" + text[position:])["total_usage"]
        except (ValueError, RecursionError):
            continue
    return None


def _is_escaped(text: str, position: int) -> bool:
    """Return whether a quotation mark is part of a text, after an odd number of backslashes."""
    before = text[:position]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def sum_tokens(usage: object) -> tuple[int | None, int | None]:
    """Return the tokens of all prompts and completions of a run, summed over models.

    Parameters
    ----------
    usage : object
        The section `total_usage`: an object of counts for each model.

    Returns
    -------
    prompt_tokens, completion_tokens : int or None
        All kinds of input tokens, each counted once, and output tokens; None if no model has such
        a count, or if a count is not a whole number.
    """
    models = list(usage.values()) if isinstance(usage, Mapping) else []
    return _sum(models, PROMPT_KEYS), _sum(models, COMPLETION_KEYS)


def _sum(models: list[Any], keys: tuple[str, ...]) -> int | None:
    counts = [
        counts[key]
        for counts in models
        if isinstance(counts, Mapping)
        for key in keys
        if counts.get(key) is not None
        and not (key == CONTAINED_IN_PROMPT_TOKENS and counts.get("prompt_tokens") is not None)
    ]
    if not counts or any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in counts):
        return None
    total = sum(counts)
    return total if total <= MAX_TOKENS else None
