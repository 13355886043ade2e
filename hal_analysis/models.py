"""Short names of models: rules for spelling, and the table of known models.

A spelling is reduced to a key, a date and a reasoning effort. The key has no provider and only
lower-case letters, digits and hyphens between words. If `known_models.csv` has the key with that
date, the spelling means that model. Any other model keeps its own name in a normal form.
"""

import csv
import functools
import re
from dataclasses import dataclass
from importlib import resources

import config
from hal_analysis.names import split_parentheses

MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
DISPLAY_MONTH = re.compile(rf"\s*\((?P<month>{'|'.join(MONTHS)}) (?P<year>20\d\d)\)$")
DATE = re.compile(r"[-_ ]?(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")
VERSION = re.compile(r"(?<!\d)(\d)-(\d)(?![\da-z])")  # 4-5 in claude-opus-4-5

# AWS Bedrock: us.anthropic.claude-opus-4-5-20251101-v1:0
BEDROCK = re.compile(
    r"(?:[a-z-]+\.)?(?:(?:ai21|amazon|anthropic|cohere|deepseek|meta|mistral|moonshot|openai|qwen)"
    r"\.)+(?P<name>.+?)(?:-v\d+|-v?\d+:\d+)?"
)

EFFORTS = "none|minimal|low|medium|high|xhigh"
# Endings that are an effort for any model: after "thinking", before "reasoning", after a space or
# a colon or in parentheses, after a date, and after the bare name of an o-series model.
EFFORT_ENDINGS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<name>.+?)[ :_-]thinking[ :_-](?P<effort>{EFFORTS})(?:[_-]\d+)?",
        rf"(?P<name>.+?)[ _-](?P<effort>{EFFORTS}|no)[ _-]reasoning(?:[ _-]effort)?",
        rf"(?P<name>.*\d.*?)(?: |:| ?\()(?P<effort>{EFFORTS})\)?",
        rf"(?P<name>.*?\d{{4}}-?\d\d-?\d\d)[_-](?P<effort>{EFFORTS})",
        rf"(?P<name>(?:.*/)?o\d(?:-mini)?)[_-](?P<effort>{EFFORTS})",
    )
]
HYPHENATED_EFFORT = re.compile(rf"(?P<name>.+)[_-](?P<effort>{EFFORTS})", re.IGNORECASE)


@dataclass(frozen=True)
class KnownModel:
    """A row of `known_models.csv`."""

    name: str
    default_effort: str
    provider: str


def model_name(model: str, effort: str | None = None) -> str:
    """Return the short name of a model, with its reasoning effort.

    `openai/o4-mini-20250416` with `high` is `o4-mini-2025-04-16 high`. The default effort of a
    model is not written. If no effort is given, an effort at the end of the name is used.
    `MODEL_NAME_MAP` takes precedence: for the name in the trace, without provider, and in its final
    form, each with and without effort.
    """
    with_effort, without_effort, suffix = _names_to_look_up(model, effort)
    for name in with_effort:
        if name in config.MODEL_NAME_MAP:
            return config.MODEL_NAME_MAP[name]
    for name in without_effort:
        if name in config.MODEL_NAME_MAP:
            return config.MODEL_NAME_MAP[name] + suffix
    return without_effort[-1] + suffix


def model_name_keys(model: str, effort: str | None = None) -> list[str]:
    """Return every name of a model that `MODEL_NAME_MAP` may have as a key."""
    with_effort, without_effort, _ = _names_to_look_up(model, effort)
    return with_effort + without_effort


def find_known_model(name: str) -> KnownModel | None:
    """Return the known model that a spelling means; an effort must not end the name."""
    *organisations, name = _drop_providers(name).lower().split("/")
    if not set(organisations) <= _organisations():
        return None
    key, date = _key_and_date(name)
    models = _known_models()
    return models.get((key, date)) or models.get((key.removesuffix("-latest"), date))


def split_effort(name: str) -> tuple[str, str | None]:
    """Split `o4-mini-2025-04-16_high_reasoning_effort` into the name and `high`, or None.

    A hyphen before the effort, as in `gpt-5-high`, is only accepted for known models; the name of
    `mistral-medium` ends with the name of an effort.
    """
    month = DISPLAY_MONTH.search(name.lower())
    bare, month_text = (name[: month.start()], name[month.start() :]) if month else (name, "")
    if find_known_model(name):
        return name, None
    for pattern in EFFORT_ENDINGS:
        if match := pattern.fullmatch(bare):
            effort = match["effort"].lower()
            return match["name"].rstrip() + month_text, "none" if effort == "no" else effort
    match = HYPHENATED_EFFORT.fullmatch(bare)
    if match and find_known_model(match["name"] + month_text):
        return match["name"] + month_text, match["effort"].lower()
    return name, None


def effort_of_run(agent: str, model: str, effort: str | None) -> str | None:
    """Return the effort that the arguments, the name of the model or that of the agent state."""
    scaffold, in_parentheses = split_parentheses(agent)
    names = [model, in_parentheses or "", scaffold]
    return effort or next(filter(None, (split_effort(name)[1] for name in names)), None)


def _names_to_look_up(model: str, effort: str | None) -> tuple[list[str], list[str], str]:
    """Return names with and without effort, by precedence, and the suffix for the effort."""
    bare = _drop_providers(model)
    base, effort_in_name = split_effort(bare)
    with_effort = [] if effort else [model, bare]
    effort = (effort or effort_in_name or "").lower()
    known = find_known_model(base)
    final = known.name if known else _normal_form(base)
    without_effort = [model, bare, base, final]
    with_effort += [f"{name} {effort}" for name in without_effort]
    default_effort = (
        known.default_effort if known else ("medium" if re.match(r"o\d", final) else "")
    )
    suffix = f" {effort}" if effort and effort != default_effort else ""
    return with_effort, without_effort, suffix


def _drop_providers(model: str) -> str:
    """Drop gateways, providers and regions in front of a name; organisations stay."""
    if model.lower().startswith("arn:"):
        model = model.rpartition("/")[2]
    segments = model.split("/")
    while any(segments[1:]) and segments[0].lower() in config.PROVIDER_PREFIXES:
        is_fireworks = segments[0].lower() == "fireworks_ai"
        segments = segments[1:]
        if is_fireworks:
            segments[-1] = re.sub(r"(?<=\d)p(?=\d)", ".", segments[-1])  # v3p1
    match = BEDROCK.fullmatch(segments[-1].lower())
    if match:
        segments[-1] = match["name"]
    name, *providers = segments[-1].split(":")
    others = [part for part in providers if part.lower() not in config.PROVIDER_PREFIXES]
    segments[-1] = re.sub(r"(?<=\w)@(?=\w)", "-", ":".join([name, *others]))
    return "/".join(segments)


def _normal_form(name: str) -> str:
    """Return the name of a model that is not known: lower case, 4.5 for 4-5, dates with hyphens."""
    date = DATE.search(name)
    stem, rest = (name[: date.start()], name[date.end() :]) if date else (name, "")
    stem = VERSION.sub(r"\1.\2", stem.lower())
    return f"{stem}-{'-'.join(date.groups())}{rest.lower()}" if date else stem


def _key_and_date(name: str) -> tuple[str, str | None]:
    """Split a spelling into its key and its date, YYYY-MM-DD, or YYYY-MM of a display name."""
    name = name.lower()
    date = None
    if month := DISPLAY_MONTH.search(name):
        date = f"{month['year']}-{MONTHS.index(month['month']) + 1:02}"
        name = name[: month.start()]
    elif day := DATE.search(name):
        date = "-".join(day.groups())
        name = name[: day.start()] + name[day.end() :]
    return re.sub(r"[-_. ]+", "-", name).strip("-"), date


@functools.cache
def _known_models() -> dict[tuple[str, str | None], KnownModel]:
    """Return the known models by key and date; without date for undated spellings."""
    models: dict[tuple[str, str | None], KnownModel] = {}
    for row in _read_known_models():
        model = KnownModel(row["model"], row["default_effort"], row["provider"])
        for spelling in [row["model"], *filter(None, row["other_names"].split("|"))]:
            key, date = _key_and_date(spelling.rpartition("/")[2])
            dates = [date, date[:7]] if date else [None, row["released"], row["released"][:7]]
            models |= {(key, each): model for each in dates}
    return models


@functools.cache
def _organisations() -> frozenset[str]:
    """Return the organisations that may precede the name of a known model."""
    rows = _read_known_models()
    return frozenset(
        name.lower() for row in rows for name in (row["provider"], row["model"].rpartition("/")[0])
    )


@functools.cache
def _read_known_models() -> list[dict[str, str]]:
    text = resources.files("hal_analysis").joinpath("known_models.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
