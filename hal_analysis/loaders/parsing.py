"""The run in a trace: extraction and validation of the fields of `config` and `results`."""

import json
import math
import sys
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from hal_analysis.loaders.task_results import (
    MAX_NAME_LENGTH,
    MAX_TASKS,
    describe_problem,
    extract_task_scores,
)
from hal_analysis.loaders.usage import sum_tokens
from hal_analysis.names import PERTURBATION, clean_text, split_parentheses

RAW_SECTION = "raw_eval_results"  # directly behind the sections in HAL's files
USAGE_SECTION = "total_usage"  # near the end

# The key of the accuracy depends on the benchmark; the first key that exists is used.
ACCURACY_KEYS = ("average_correctness", "success_rate", "average_score", "accuracy")

MAX_AMOUNT = 1e12  # USD or seconds; larger values are errors, and their sums could overflow

MAX_COMMAND_LENGTH, MAX_ARGS_LENGTH = 10_000, 100_000  # characters; commands repeat all arguments

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
    latencies_per_task : str
        Seconds as a JSON list, one per task that has a time; as text, since lists take more memory.
    mean_latency : float or None
    task_ids, task_scores, task_problem : see `task_results.TaskScores`
    prompt_tokens, completion_tokens : int or None
        Sums over all models; all kinds of input tokens are prompt tokens.
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
    latencies_per_task: str
    mean_latency: float | None
    task_ids: list[str]
    task_scores: list[float]
    task_problem: str
    prompt_tokens: int | None
    completion_tokens: int | None


RUN_FIELDS = [field.name for field in fields(Run)]
run_values = attrgetter(*RUN_FIELDS)  # the values of a run in the order of `RUN_FIELDS`


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
    args = {} if args is None else as_object(args, "config.agent_args")
    benchmark = _required_text(settings.get("benchmark_name"), "config.benchmark_name")
    model, effort = _model_and_effort(args, agent)
    tasks = extract_task_scores(benchmark, results, trace.get(RAW_SECTION))
    latencies = _latencies(results.get("latencies"))
    prompt_tokens, completion_tokens = sum_tokens(trace.get(USAGE_SECTION))
    return Run(
        agent_name=agent,
        benchmark_name=benchmark,
        date=_as_text(settings.get("date"), "config.date") or "",
        run_id=_as_text(settings.get("run_id"), "config.run_id") or "",
        agent_args=_args_as_text(args),
        run_command=_as_text(settings.get("run_command"), "config.run_command", MAX_COMMAND_LENGTH)
        or "",
        model=model,
        effort=effort,
        perturbation=_perturbation(settings, args, agent),
        accuracy=_accuracy(results, benchmark, trace.get(RAW_SECTION)),
        total_cost=_as_amount(results.get("total_cost"), "results.total_cost"),
        latencies_per_task=json.dumps(latencies),
        mean_latency=mean_latency(latencies),
        task_ids=tasks.ids,
        task_scores=tasks.scores,
        task_problem=tasks.problem,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


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
        percent = (
            " (a percentage must be divided by 100)" if accuracy and 1 < accuracy <= 100 else ""
        )
        raise TraceError(f"results.{key} is {accuracy}, expected a fraction from 0 to 1{percent}")
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
    tasks = as_object(entries, "results.latencies")
    if len(tasks) > MAX_TASKS:
        raise TraceError(
            f"results.latencies has {len(tasks):,} tasks, expected at most {MAX_TASKS:,}"
        )
    times = []
    for task, entry in tasks.items():
        seconds = entry.get("total_time") if isinstance(entry, dict) else entry
        times.append(_as_amount(seconds, f"results.latencies[{task[:80]!r}]"))
    return [seconds for seconds in times if seconds is not None]


def mean_latency(latencies: list[float]) -> float | None:
    """Return the mean of seconds per task, or None without any."""
    return math.fsum(latencies) / len(latencies) if latencies else None


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


def _as_text(value: object, field: str, max_length: int = MAX_NAME_LENGTH) -> str | None:
    """Return a normalised text, or None if it is absent; normalising long texts takes minutes."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TraceError(f"{field} is {_describe(value)}, expected text")
    if problem := describe_problem(field, value, max_length):
        raise TraceError(problem)
    return sys.intern(clean_text(value))  # many runs share their names and arguments


def _args_as_text(args: dict[str, Any]) -> str:
    text = json.dumps(args)
    if problem := describe_problem("config.agent_args", text, MAX_ARGS_LENGTH):
        raise TraceError(problem)
    return sys.intern(text)


def _required_text(value: object, field: str) -> str:
    text = _as_text(value, field)
    if not text:
        raise TraceError(f"{field} is {'empty' if text == '' else 'absent'}, expected text")
    return text


def as_object(value: object, field: str) -> dict[str, Any]:
    """Return a value that must be an object, or raise `TraceError` with the name of its field."""
    if not isinstance(value, dict):
        raise TraceError(f"{field} is {_describe(value)}, expected an object")
    return value


def _describe(value: object) -> str:
    """Return the type of a JSON value in words."""
    if value is None:
        return "absent or null"
    return str(value).lower() if isinstance(value, bool) else TYPE_NAMES[type(value)]
