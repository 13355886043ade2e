"""The rules for names: what traces and sheets write to the short names of tables and figures."""

import re
import unicodedata
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


def scaffold_name(agent):
    """Short name of the scaffold: `CORE-Agent (GPT-4.1 (April 2025))` → `CORE-Agent`.

    `AGENT_NAME_MAP`, else the name without its outermost trailing parentheses; that then through
    `AGENT_NAME_SHORT_MAP`.
    """
    scaffold = _look_up(config.AGENT_NAME_MAP, agent) or split_parentheses(agent)[0]
    return _look_up(config.AGENT_NAME_SHORT_MAP, scaffold) or scaffold


def model_name(model, effort=None):
    """Short name of a model: `openai/o4-mini-20250416`, `high` → `o4-mini-2025-04-16 high`.

    Provider prefixes go, dates are written with hyphens, an effort follows after a space but for
    `medium`, the default, of the o-series. An effort that ends the name counts if none is given.
    `MODEL_NAME_MAP` comes first at each step: for the name with and without effort, as found and
    without prefix; what it gives is looked up once more, so a name of the tables can be renamed.
    """
    bare = _without_prefix(model)
    base, effort_in_name = split_effort(bare)
    dated = COMPACT_DATE.sub(r"\1-\2-\3", base)
    with_effort = [] if effort else [model, bare]
    effort = (effort or effort_in_name or "").lower()
    without_effort = [model, bare, base, dated]
    with_effort += [f"{found} {effort}" for found in without_effort]
    names = config.MODEL_NAME_MAP
    for found in with_effort:
        if found in names:
            return names.get(names[found], names[found])
    name = next((names[found] for found in without_effort if found in names), dated)
    is_default = effort == "medium" and re.match(r"o\d", base)
    suffix = "" if not effort or is_default else f" {effort}"
    return names.get(name + suffix) or names.get(name, name) + suffix


def included(models, scaffolds):
    """Which runs `config.py` keeps: for each pair of short names, False if either is excluded."""
    return [
        not (
            _matches_any(model, config.EXCLUDED_MODELS)
            or _matches_any(scaffold, config.EXCLUDED_AGENTS)
        )
        for model, scaffold in zip(models, scaffolds, strict=True)
    ]


def split_parentheses(agent):
    """Split `A (b (c))` into `A` and `b (c)`; without such an end into the name and None."""
    depth = 0
    for i in range(len(agent) - 1, 0, -1) if agent.endswith(")") else ():
        depth += {")": 1, "(": -1}.get(agent[i], 0)
        if depth == 0:
            return agent[:i].rstrip(), agent[i + 1 : -1].strip()
    return agent, None


def split_effort(name):
    """Split `o4-mini-2025-04-16_high_reasoning_effort` into the name and `high`, or None."""
    match = TRAILING_EFFORT.match(name)
    return (match["name"], match["effort"]) if match else (name, None)


def clean_text(text):
    """Composed Unicode (NFC), runs of white space as one space: one spelling, one name.

    Half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes a question mark.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFC", text).split())


def _look_up(names, name):
    """The entry for a name: the exact one, else that of the first pattern that matches."""
    if name in names:
        return names[name]
    return next((to for pattern, to in names.items() if fnmatchcase(name, pattern)), None)


def _matches_any(name, patterns):
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def _without_prefix(model):
    provider, slash, rest = model.partition("/")
    if slash and rest and provider.lower() in config.PROVIDER_PREFIXES:
        return _without_prefix(rest)
    return model
