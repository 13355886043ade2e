"""Reading of trace files, plain or encrypted, of any size.

A trace is a JSON object with the objects `config` (what was run) and `results` (its outcome). HAL
writes these two first and long logs after them, so a file is read in chunks and only as far as
needed. Names are kept as the trace has them; `hal_analysis.names` derives short names.
"""

import codecs
import json
import math
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hal_analysis.loaders.encrypted import EncryptedError, decrypt_chunks
from hal_analysis.loaders.json_stream import JsonStream
from hal_analysis.loaders.task_results import extract_task_scores, needs_raw_results
from hal_analysis.names import PERTURBATION, clean_text, split_parentheses

FIRST_CHUNK_SIZE = 1 << 15  # bytes; enough for most traces
CHUNK_SIZE = 1 << 20  # bytes; chunks grow up to this size
SECTIONS = ("config", "results")
RAW_SECTION = "raw_eval_results"  # directly behind the sections in HAL's files

# The key of the accuracy depends on the benchmark; the first key that exists is used.
ACCURACY_KEYS = ("average_correctness", "success_rate", "average_score", "accuracy")

MAX_AMOUNT = 1e12  # USD or seconds; larger values are errors, and their sums could overflow

PERCENT_BENCHMARKS = ("appworld",)  # prefixes of benchmarks that write accuracies in percent

# The runs of HAL's reliability study state one of these; as text, "true" or "false".
PERTURBATION_ARGS = ("enable_fault_injection", "enable_structural_perturbations")

# Keys of the model and its reasoning effort in `agent_args`, in order of precedence.
MODEL_KEYS = (
    ("agent.model.name", "agent.model.reasoning_effort"),
    ("model_name", "reasoning_effort"),
)

TYPE_NAMES = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number"}


class TraceError(ValueError):
    """A trace has no usable run; the message is the reason for `skipped_traces.csv`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a scaffold and a model on a benchmark, with names as the trace has them.

    Parameters
    ----------
    agent_name, benchmark_name, date, run_id, run_command : str
        Texts of the section `config`; date, run_id and run_command may be empty.
    agent_args : str
        Arguments of the scaffold as a JSON object.
    model : str
    effort : str or None
        Reasoning effort, if the arguments of the scaffold state one.
    perturbation : str
        The perturbation of a run of HAL's reliability study; empty for other runs.
    accuracy : float
        Fraction from 0 to 1.
    total_cost : float or None
        Cost in USD.
    latencies : list of float
        Seconds, one per task that has a time.
    task_ids, task_scores, task_problem : see `task_results.TaskScores`
    """

    agent_name: str
    benchmark_name: str
    date: str
    run_id: str
    agent_args: str
    run_command: str
    model: str
    effort: str | None
    perturbation: str
    accuracy: float
    total_cost: float | None
    latencies: list[float]
    task_ids: list[str]
    task_scores: list[float]
    task_problem: str


@dataclass(frozen=True)
class ReadResult:
    """The result of reading one run from its files.

    Parameters
    ----------
    path : Path or None
        The file that the run was read from; None if no file is usable.
    run : Run or None
    failures : list of (Path, str)
        The files that were tried before without success, and the reasons.
    """

    path: Path | None
    run: Run | None
    failures: list[tuple[Path, str]]


def read_trace(path: str | Path) -> dict[str, Any]:
    """Read the sections `config` and `results` of a trace file, and task results behind them.

    Parameters
    ----------
    path : path-like
        An encrypted trace if the name ends with `.zip`, otherwise plain JSON.

    Returns
    -------
    dict
        The keys `config` and `results` with the values of Python's `json` module, including NaN
        and Infinity, and `raw_eval_results` if the task results are there and it can be read.
        Content after the first two sections is not checked, except for the end of file.

    Raises
    ------
    TraceError
        With the reason, if the file is not a trace.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise TraceError("a pipe or a device, expected a file")
        with path.open("rb") as file:
            if path.suffix.lower() == ".zip":
                return _parse_sections(decrypt_chunks(file))
            _check_end(file)
            return _parse_sections(_read_chunks(file))
    except IsADirectoryError:
        raise TraceError("a folder, expected a file") from None
    except OSError as error:
        raise TraceError(f"cannot be read: {error.strerror or error}") from None
    except EncryptedError as error:
        raise TraceError(str(error)) from None


def read_run(paths: Iterable[Path]) -> ReadResult:
    """Read a run from the first usable file.

    Parameters
    ----------
    paths : iterable of Path
        The files that contain the run, in the order in which to try them.

    Returns
    -------
    ReadResult
    """
    failures: list[tuple[Path, str]] = []
    for path in paths:
        try:
            return ReadResult(path, parse_run(read_trace(path)), failures)
        except TraceError as error:
            failures.append((path, str(error)))
    return ReadResult(None, None, failures)


def parse_run(trace: dict[str, Any]) -> Run:
    """Extract the run from a trace.

    Parameters
    ----------
    trace : dict
        The sections of the trace, as returned by `read_trace`.

    Returns
    -------
    Run

    Raises
    ------
    TraceError
        With the reason, if a value has the wrong type or range, or if the accuracy, scaffold,
        benchmark or model is missing.
    """
    settings, results = trace["config"], trace["results"]
    agent = _required_text(settings.get("agent_name"), "config.agent_name")
    args = settings.get("agent_args")
    args = {} if args is None else _as_object(args, "config.agent_args")
    benchmark = _required_text(settings.get("benchmark_name"), "config.benchmark_name")
    model, effort = _model_and_effort(args, agent)
    benchmark = _required_text(settings.get("benchmark_name"), "config.benchmark_name")
    tasks = extract_task_scores(benchmark, results, trace.get(RAW_SECTION))
    return Run(
        agent_name=agent,
        benchmark_name=benchmark,
        date=_as_text(settings.get("date"), "config.date") or "",
        run_id=_as_text(settings.get("run_id"), "config.run_id") or "",
        agent_args=json.dumps(args),
        run_command=_as_text(settings.get("run_command"), "config.run_command") or "",
        model=model,
        effort=effort,
        perturbation=_perturbation(settings, args, agent),
        accuracy=_accuracy(results, benchmark, trace.get(RAW_SECTION)),
        total_cost=_as_amount(results.get("total_cost"), "results.total_cost"),
        latencies=_latencies(results.get("latencies")),
        task_ids=tasks.ids,
        task_scores=tasks.scores,
        task_problem=tasks.problem,
    )


def _read_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Read a file in chunks, doubling their size up to `CHUNK_SIZE`."""
    size = FIRST_CHUNK_SIZE
    while chunk := file.read(size):
        yield chunk
        size = min(2 * size, CHUNK_SIZE)


def _check_end(file: BinaryIO) -> None:
    """Raise TraceError if a file starts like a JSON object but does not end like one."""
    start = file.read(FIRST_CHUNK_SIZE).removeprefix(codecs.BOM_UTF8).lstrip()
    position, end = file.seek(0, os.SEEK_END), b""
    while position and not end:
        size = min(position, 4096)
        file.seek(position - size)
        end = file.read(size).rstrip()
        position -= size
    file.seek(0)
    if start.startswith(b"{") and not end.endswith(b"}"):
        raise TraceError(
            f"truncated: ends with {end[-20:].decode(errors='replace')!r}, expected }}"
        )


def _parse_sections(chunks: Iterator[bytes]) -> dict[str, Any]:
    """Return the sections of the trace in a JSON document that arrives in chunks."""
    stream = JsonStream(chunks)
    sections: dict[str, Any] = {}
    raw: Any = None
    try:
        first = stream.peek()
        if not first:
            raise TraceError("empty, expected a JSON object")
        if first != "{":
            start = stream.text[stream.position : stream.position + 40]
            raise TraceError(f"not a JSON object: starts with {start!r}, expected {{")
        for key in stream.members():
            needs_raw = key == RAW_SECTION and needs_raw_results(*map(sections.get, SECTIONS))
            if len(sections) == len(SECTIONS):
                raw = _read_raw_results(stream) if needs_raw else raw
                break
            if key == "encrypted_data":
                raise TraceError("an encrypted member outside its zip file: keep the *.zip file")
            if key in SECTIONS:
                sections[key] = stream.value()
            elif needs_raw:
                raw = stream.value_or_skip()
            else:
                stream.skip()
    except RecursionError:
        raise TraceError("nested too deeply for Python's json module") from None
    except UnicodeDecodeError as error:
        raise TraceError(
            f"not UTF-8: contains the byte 0x{error.object[error.start]:02x}, expected JSON in "
            "UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        is_truncated = stream.is_complete and error.pos >= len(stream.text)
        problem = "truncated" if is_truncated else "not JSON"
        position = stream.offset + error.pos
        raise TraceError(f"{problem}: {error.msg} at character {position}") from None
    trace = {key: _as_object(sections.get(key), key) for key in SECTIONS}
    return trace if raw is None else trace | {RAW_SECTION: raw}


def _read_raw_results(stream: JsonStream) -> Any:
    """Return the next value, or None if it is too long or damaged: the run is usable without it."""
    try:
        return stream.value()
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError, EncryptedError):
        return None


def _model_and_effort(args: dict[str, Any], agent: str) -> tuple[str, str | None]:
    """Return model and effort from the arguments, or the model in the name of the agent."""
    for model_key, effort_key in MODEL_KEYS:
        model = _as_text(args.get(model_key), f"agent_args[{model_key!r}]")
        if model:
            return model, _as_text(args.get(effort_key), f"agent_args[{effort_key!r}]")
    model_in_name = split_parentheses(PERTURBATION.sub("", agent))[1]
    if not model_in_name:
        raise TraceError(
            "no model: neither in config.agent_args nor in parentheses in agent_name "
            f"{agent[:80]!r}"
        )
    return model_in_name, None


def _perturbation(settings: dict[str, Any], args: dict[str, Any], agent: str) -> str:
    """Return the perturbation that a run states or, if it states nothing, that its name has."""
    match = PERTURBATION.search(agent)
    in_name = match["perturbation"] if match else ""
    flags = [str(args[key]).lower() == "true" for key in PERTURBATION_ARGS if key in args]
    if "prompt_sensitivity" in settings:
        flags.append(str(settings["prompt_sensitivity"]).lower() not in ("", "false", "none"))
    if not flags:
        return in_name
    return (in_name or "perturbed") if any(flags) else ""


def _accuracy(results: dict[str, Any], benchmark: str, raw: object) -> float:
    if benchmark.startswith("replicatorbench") and not set(ACCURACY_KEYS) & set(results):
        return _replicatorbench_accuracy(results, raw)
    key = next((key for key in ACCURACY_KEYS if key in results), None)
    if key is None:
        raise TraceError(f"no accuracy: results has none of {', '.join(ACCURACY_KEYS)}")
    accuracy = _as_float(results[key], f"results.{key}")
    if benchmark.startswith(PERCENT_BENCHMARKS):
        if accuracy is None or not 0 <= accuracy <= 100:
            raise TraceError(f"results.{key} is {accuracy}, expected a percentage from 0 to 100")
        return accuracy / 100
    if accuracy is None or not 0 <= accuracy <= 1:
        raise TraceError(f"results.{key} is {accuracy}, expected a fraction from 0 to 1")
    return accuracy


def _replicatorbench_accuracy(results: dict[str, Any], raw: object) -> float:
    """Return the share of passed tasks or, without lists of tasks, the overall score."""
    lists = [results.get(key) for key in ("passed_tasks", "failed_tasks")]
    n_passed, n_failed = (len(tasks) if isinstance(tasks, list) else 0 for tasks in lists)
    if n_passed + n_failed:
        return n_passed / (n_passed + n_failed)
    score = raw.get("overall_score") if isinstance(raw, dict) else None
    accuracy = _as_float(score, f"{RAW_SECTION}.overall_score")
    if accuracy is None or not 0 <= accuracy <= 1:
        raise TraceError(f"no accuracy: no passed_tasks, and no overall_score in {RAW_SECTION}")
    return accuracy


def _latencies(entries: object) -> list[float]:
    """Return seconds per task in the order of the file, without tasks that have no time."""
    if entries is None:
        return []
    times = []
    for task, entry in _as_object(entries, "results.latencies").items():
        seconds = entry.get("total_time") if isinstance(entry, dict) else entry
        times.append(_as_amount(seconds, f"results.latencies[{task[:80]!r}]"))
    return [seconds for seconds in times if seconds is not None]


def _as_amount(value: object, field: str) -> float | None:
    """Return a non-negative number, or None if the value is absent, null or NaN."""
    amount = _as_float(value, field)
    if amount is None or math.isnan(amount):
        return None
    if not 0 <= amount <= MAX_AMOUNT:
        raise TraceError(f"{field} is {amount}, expected a number from 0 to 1e12")
    return amount


def _as_float(value: object, field: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TraceError(f"{field} is {_describe(value)}, expected a number")
    try:
        return float(value)
    except OverflowError:
        raise TraceError(f"{field} is too large for a number") from None


def _as_text(value: object, field: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TraceError(f"{field} is {_describe(value)}, expected text")
    return clean_text(value)


def _required_text(value: object, field: str) -> str:
    text = _as_text(value, field)
    if not text:
        raise TraceError(f"{field} is {'empty' if text == '' else 'absent'}, expected text")
    return text


def _as_object(value: object, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TraceError(f"{field} is {_describe(value)}, expected an object")
    return value


def _describe(value: object) -> str:
    """Return the type of a JSON value in words."""
    if value is None:
        return "absent or null"
    return str(value).lower() if isinstance(value, bool) else TYPE_NAMES[type(value)]
