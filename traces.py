"""A trace file, plain or encrypted and of any size, to the figures of its run.

A trace is JSON with an object `config` (what was run) and an object `results` (what came out).
HAL writes these two first and logs without end behind them, so a file is read piece by piece and
no further than needed. Names stay as they are found; `names.py` makes short ones of them.
"""

import codecs
import json
import math
import os
import stat
from pathlib import Path

from encrypted import EncryptedError, decrypted_pieces
from json_stream import JsonStream
from names import clean_text, split_effort, split_parentheses

FIRST_PIECE = 1 << 15  # bytes read at first, mostly enough
PIECE = 1 << 20  # bytes read at a time in the end
PARTS = ("config", "results")

# The benchmark decides under which key its accuracy stands; the first that is there counts.
ACCURACY_KEYS = ("average_correctness", "success_rate", "average_score", "accuracy")

MOST = 1e12  # USD or seconds; what is more is no measurement, and sums of it might be infinite

# Where the model and its reasoning effort stand in `agent_args`.
MODEL_KEYS = (
    ("agent.model.name", "agent.model.reasoning_effort"),
    ("model_name", "reasoning_effort"),
)


class TraceError(ValueError):
    """A trace that gives no run; the message is the reason, for data/skipped_traces.csv."""


def read_trace(path):
    """Read a trace file into a dict with the keys `config` and `results`, both dicts.

    `*.zip` is an encrypted trace, every other name plain JSON. Values are those of Python's `json`
    module, NaN and Infinity included. What stands behind the two is not looked at, but for the end
    of the file.

    Raises TraceError with the reason if the file is no such trace.
    """
    path = Path(path)
    try:
        kind = path.stat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            raise TraceError("a pipe, a device or the like, expected a file")
        with path.open("rb") as file:
            if path.suffix.lower() == ".zip":
                return _parts(decrypted_pieces(file))
            _check_end(file)
            return _parts(_pieces(file))
    except IsADirectoryError:
        raise TraceError("a folder, expected a file") from None
    except OSError as error:
        raise TraceError(f"cannot be read: {error.strerror or error}") from None
    except EncryptedError as error:
        raise TraceError(str(error)) from None


def read_run(copies):
    """Read a run from the first of its files that gives one.

    Parameters
    ----------
    copies : list of path
        The files that hold the run, in the order in which to try them.

    Returns
    -------
    tuple
        The path that was read and its figures as `run_figures` gives them, both None if no file
        is usable, and a list of (path, reason) for the files tried in vain.
    """
    skipped = []
    for path in copies:
        try:
            return path, run_figures(read_trace(path)), skipped
        except TraceError as error:
            skipped.append((path, str(error)))
    return None, None, skipped


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


def _pieces(file):
    """The bytes of a file in pieces, each twice as long as the one before up to `PIECE`."""
    size = FIRST_PIECE
    while piece := file.read(size):
        yield piece
        size = min(2 * size, PIECE)


def _check_end(file):
    """Raise TraceError if a file that begins like an object does not end like one."""
    begin = file.read(FIRST_PIECE).removeprefix(codecs.BOM_UTF8).lstrip()
    position, end = file.seek(0, os.SEEK_END), b""
    while position and not end:
        size = min(position, 4096)
        file.seek(position - size)
        end = file.read(size).rstrip()
        position -= size
    file.seek(0)
    if begin.startswith(b"{") and not end.endswith(b"}"):
        raise TraceError(
            f"truncated: ends with {end[-20:].decode(errors='replace')!r}, not with }}"
        )


def _parts(pieces):
    """The values of `config` and `results` in the JSON object that comes in pieces of bytes."""
    stream = JsonStream(pieces)
    parts = {}
    try:
        first = stream.peek()
        if not first:
            raise TraceError("empty, expected a JSON object")
        if first != "{":
            begin = stream.text[stream.at : stream.at + 40]
            raise TraceError(f"no JSON object: begins with {begin!r}, expected {{")
        for key in stream.members():
            if len(parts) == len(PARTS):
                break
            if key in PARTS:
                parts[key] = stream.value()
            else:
                stream.skip()
    except RecursionError:
        raise TraceError("nested too deep: more levels than Python's json reads") from None
    except UnicodeDecodeError as error:
        raise TraceError(
            f"not UTF-8: a byte 0x{error.object[error.start]:02x}, expected JSON in UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        is_cut = stream.ended and error.pos >= len(stream.text)
        kind = "truncated" if is_cut else "not JSON"
        position = stream.passed + error.pos
        raise TraceError(f"{kind}: {error.msg} at character {position}") from None
    return {key: _object(parts.get(key), key) for key in PARTS}


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
            "no model: neither in config.agent_args nor in parentheses in agent_name "
            f"{agent[:80]!r}"
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
        times.append(_amount(seconds, f"results.latencies[{task[:80]!r}]"))
    return [seconds for seconds in times if seconds is not None]


def _amount(value, field):
    """A number from 0 up; None where there is none (absent, null or NaN)."""
    number = _number(value, field)
    if number is None or math.isnan(number):
        return None
    if not 0 <= number <= MOST:
        raise TraceError(f"{field} is {number}, expected a number from 0 to 1e12")
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
