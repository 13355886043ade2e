"""Rules for names: what traces and sheets spell, to the short names of tables and figures."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import config

COMPACT_DATE = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")

# An effort at the end of a name: after a space, after a date, after the bare name of an o-series
# model, or after "thinking". Elsewhere such a word is part of the name, as in mistral-medium.
TRAILING_EFFORT = re.compile(
    r"""^(?P<name>.*\S)
        (?:\s+|[ _-]thinking[ _-]|(?<=\d{8})[_-]|(?<=\d{4}-\d\d-\d\d)[_-]
           |(?<=\bo\d)[_-]|(?<=\bo\d-mini)[_-])
        (?P<effort>minimal|low|medium|high|xhigh)
        (?:[ _-]reasoning[ _-]effort|[ _-]\d+)?$""",
    re.IGNORECASE | re.VERBOSE,
)


def scaffold_name(agent: str) -> str:
    """Return the short name of a scaffold: `CORE-Agent (GPT-4.1 (April 2025))` → `CORE-Agent`.

    `AGENT_NAME_MAP` is looked up first; otherwise the outermost trailing parentheses are dropped.
    The result is looked up in `AGENT_NAME_SHORT_MAP`.
    """
    scaffold = scaffold_before_renaming(agent)
    return _look_up(config.AGENT_NAME_SHORT_MAP, scaffold) or scaffold


def scaffold_before_renaming(agent: str) -> str:
    """Return the name of a scaffold that `AGENT_NAME_SHORT_MAP` renames."""
    return _look_up(config.AGENT_NAME_MAP, agent) or split_parentheses(agent)[0]


def model_name(model: str, effort: str | None = None) -> str:
    """Return the short name of a model, with its reasoning effort.

    `openai/o4-mini-20250416` with `high` is `o4-mini-2025-04-16 high`. Provider prefixes are
    dropped, dates get hyphens, and an effort follows after a space, except for `medium`, the
    default of the o-series. An effort that ends the name counts if none is given.
    `MODEL_NAME_MAP` takes precedence at each step: for the name with and without effort, as found,
    without prefix, and in its final form.
    """
    return _resolve_model(model, effort)[0]


def model_name_keys(model: str, effort: str | None = None) -> list[str]:
    """Return every name of a model that `MODEL_NAME_MAP` may have as a key."""
    return _resolve_model(model, effort)[1]


def _resolve_model(model: str, effort: str | None) -> tuple[str, list[str]]:
    """Return the short name of a model and the names under which it is looked up."""
    bare = _without_prefix(model)
    base, effort_in_name = split_effort(bare)
    dated = COMPACT_DATE.sub(r"\1-\2-\3", base)
    with_effort = [] if effort else [model, bare]
    effort = (effort or effort_in_name or "").lower()
    without_effort = [model, bare, base, dated]
    with_effort += [f"{name} {effort}" for name in without_effort]
    renamed = config.MODEL_NAME_MAP
    keys = with_effort + without_effort
    for name in with_effort:
        if name in renamed:
            return renamed.get(renamed[name], renamed[name]), [*keys, renamed[name]]
    name = next((renamed[name] for name in without_effort if name in renamed), dated)
    is_default = effort == "medium" and re.match(r"o\d", base)
    suffix = "" if not effort or is_default else f" {effort}"
    return renamed.get(name + suffix) or renamed.get(name, name) + suffix, [
        *keys,
        name,
        name + suffix,
    ]


def inclusion_mask(models: Iterable[str], scaffolds: Iterable[str]) -> list[bool]:
    """Return which runs `config.py` includes.

    Parameters
    ----------
    models, scaffolds : iterables of str, of equal length
        The short names of each run.

    Returns
    -------
    list of bool
        False where `EXCLUDED_MODELS` or `EXCLUDED_AGENTS` has a matching entry.
    """
    return [
        not any(matches(model, entry) for entry in config.EXCLUDED_MODELS)
        and not any(matches(scaffold, entry) for entry in config.EXCLUDED_AGENTS)
        for model, scaffold in zip(models, scaffolds, strict=True)
    ]


def matches(name: str, entry: str) -> bool:
    """Return whether a name equals an entry of `config.py` or matches it as a pattern."""
    return name == entry or fnmatchcase(name, entry)


def split_parentheses(agent: str) -> tuple[str, str | None]:
    """Split `A (b (c))` into `A` and `b (c)`; the second is None if no parentheses end the name."""
    depth = 0
    for i in range(len(agent) - 1, 0, -1) if agent.endswith(")") else ():
        depth += {")": 1, "(": -1}.get(agent[i], 0)
        if depth == 0:
            return agent[:i].rstrip(), agent[i + 1 : -1].strip()
    return agent, None


def split_effort(name: str) -> tuple[str, str | None]:
    """Split `o4-mini-2025-04-16_high_reasoning_effort` into the name and `high`, or None."""
    match = TRAILING_EFFORT.match(name)
    return (match["name"], match["effort"]) if match else (name, None)


def clean_text(text: str) -> str:
    """Normalise a name: composed Unicode (NFC), and one space for each run of white space.

    A lone surrogate, which JSON can hold and UTF-8 cannot, becomes a question mark.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFC", text).split())


def _look_up(renamed: Mapping[str, str], name: str) -> str | None:
    """Return the entry for an exact name, else for the first pattern that matches."""
    if name in renamed:
        return renamed[name]
    return next((short for pattern, short in renamed.items() if fnmatchcase(name, pattern)), None)


def _without_prefix(model: str) -> str:
    provider, slash, rest = model.partition("/")
    if slash and rest and provider.lower() in config.PROVIDER_PREFIXES:
        return _without_prefix(rest)
    return model
