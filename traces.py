"""One trace file to its figures, and the rules that turn raw names into short ones.

A trace is JSON with an object `config` (what was run) and an object `results` (what came out).
"""

import json
import math
import re
import unicodedata
from fnmatch import fnmatchcase

import config

# The benchmark decides under which key its accuracy stands; the first that is there counts.
ACCURACY_KEYS = ("average_correctness", "success_rate", "average_score", "accuracy")

# Where the model and its reasoning effort stand in `agent_args`.
MODEL_KEYS = (
    ("agent.model.name", "agent.model.reasoning_effort"),
    ("model_name", "reasoning_effort"),
)

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


class TraceError(ValueError):
    """A trace that gives no run; the message is the reason, for data/skipped_traces.csv."""


def read_trace(path):
    """Read a trace file into a dict with the keys `config` and `results`, both dicts.

    Raises TraceError with the reason if the file is no such trace.
    """
    try:
        trace = json.loads(path.read_bytes())
    except OSError as error:
        raise TraceError(f"cannot be read: {error.strerror}") from None
    except RecursionError:
        raise TraceError("nested too deep") from None
    except ValueError as error:
        raise TraceError(f"not JSON: {error}") from None
    if not isinstance(trace, dict):
        raise TraceError(f"holds {_kind(trace)}, expected an object with config and results")
    return {key: _object(trace.get(key), key) for key in ("config", "results")}


def run_figures(trace):
    """Take one run's figures out of a trace, names as the trace writes them.

    Returns
    -------
    dict
        agent_name, benchmark_name, date, run_id, agent_args (JSON text), run_command, model,
        effort (or None), accuracy (fraction of 1), total_cost (USD or None), latencies (list of
        seconds, one a task).

    Raises TraceError with the reason if accuracy, scaffold, benchmark or model is not usable.
    """
    settings, results = trace["config"], trace["results"]
    agent = _needed_text(settings.get("agent_name"), "config.agent_name")
    args = settings.get("agent_args")
    args = {} if args is None else _object(args, "config.agent_args")
    model, effort = _model_and_effort(args, agent)
    return {
        "agent_name": agent,
        "benchmark_name": _needed_text(settings.get("benchmark_name"), "config.benchmark_name"),
        "date": _text(settings.get("date"), "config.date") or "",
        "run_id": _text(settings.get("run_id"), "config.run_id") or "",
        "agent_args": json.dumps(args),
        "run_command": _text(settings.get("run_command"), "config.run_command") or "",
        "model": model,
        "effort": effort,
        "accuracy": _accuracy(results),
        "total_cost": _amount(results.get("total_cost"), "results.total_cost"),
        "latencies": _latencies(results.get("latencies")),
    }


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


def _model_and_effort(args, agent):
    """The raw model and effort: from the arguments, what they lack from the agent's name."""
    in_name = split_parentheses(agent)[1]
    effort_in_name = split_effort(in_name or agent)[1]
    for model_key, effort_key in MODEL_KEYS:
        model = _text(args.get(model_key), f"agent_args[{model_key!r}]")
        if model:
            effort = _text(args.get(effort_key), f"agent_args[{effort_key!r}]")
            return model, effort or (None if split_effort(model)[1] else effort_in_name)
    if not in_name:
        raise TraceError(
            f"no model: neither in config.agent_args nor in parentheses in agent_name {agent!r}"
        )
    return in_name, None


def _accuracy(results):
    key = next((key for key in ACCURACY_KEYS if key in results), None)
    if key is None:
        raise TraceError(f"no accuracy: results has none of {', '.join(ACCURACY_KEYS)}")
    accuracy = _number(results[key], f"results.{key}")
    if accuracy is None or not 0 <= accuracy <= 1:
        raise TraceError(f"results.{key} is {accuracy}, expected a fraction from 0 to 1")
    return accuracy


def _latencies(entries):
    """Seconds, one a task, in the file's order; tasks without a time are left out."""
    if entries is None:
        return []
    times = []
    for task, entry in _object(entries, "results.latencies").items():
        seconds = entry.get("total_time") if isinstance(entry, dict) else entry
        times.append(_amount(seconds, f"results.latencies[{task!r}]"))
    return [seconds for seconds in times if seconds is not None]


def _amount(value, field):
    """A number from 0 up; None where there is none (absent, null or NaN)."""
    number = _number(value, field)
    if number is None or math.isnan(number):
        return None
    if not 0 <= number < math.inf:
        raise TraceError(f"{field} is {number}, expected a number from 0 up")
    return number


def _number(value, field):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TraceError(f"{field} is {_kind(value)}, expected a number")
    try:
        return float(value)
    except OverflowError:
        raise TraceError(f"{field} is too large for a number") from None


def _text(value, field):
    if value is None:
        return None
    if not isinstance(value, str):
        raise TraceError(f"{field} is {_kind(value)}, expected text")
    return clean_text(value)


def _needed_text(value, field):
    text = _text(value, field)
    if not text:
        raise TraceError(f"{field} is {'empty' if text == '' else 'absent'}, expected text")
    return text


def _object(value, field):
    if not isinstance(value, dict):
        raise TraceError(f"{field} is {_kind(value)}, expected an object")
    return value


def _kind(value):
    """What a JSON value is, in words."""
    if value is None:
        return "absent or null"
    if isinstance(value, bool):
        return str(value).lower()
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number"}
    return names[type(value)]
