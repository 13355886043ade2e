"""Scores of single tasks: where the traces of each benchmark state them.

`TASK_RULES` has one entry per benchmark. The forms of `raw_eval_results` are those of the HAL
harness, https://github.com/princeton-pli/hal-harness/tree/main/hal/benchmarks.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from hal_analysis.names import clean_text

LISTS = ("successful_tasks", "failed_tasks")
ROUNDING = 1e-6  # a similarity computed in single precision may exceed 1 by this much

MAX_NAME_LENGTH = 500  # characters, also of ids; the longest name in HAL's dataset has about 100
MAX_TASKS = 100_000  # of a run

Scores = Mapping[str, Any] | list[Any]  # by task id, or in the order of the run without ids


@dataclass(frozen=True, slots=True)
class TaskRule:
    """Where the traces of a benchmark state the scores of single tasks.

    Parameters
    ----------
    lists : (str, str) or None
        Keys of `results` with the ids of solved and failed tasks; None if they are not the score.
    raw : callable, optional
        Returns the scores in `raw_eval_results`, which is read if `results` has no such lists.
    unlisted_fail : bool
        Whether the tasks that a run does not name are failures and count in its accuracy.
    n_tasks : int or None
        The number of tasks of the benchmark, if `unlisted_fail` and the number is known.
    """

    lists: tuple[str, str] | None = LISTS
    raw: Callable[[Any], Scores] | None = None
    unlisted_fail: bool = False
    n_tasks: int | None = None


@dataclass(frozen=True, slots=True)
class TaskScores:
    """The scores of the tasks of one run.

    Parameters
    ----------
    ids : list of str
        Task ids; empty if the trace has scores without ids.
    scores : list of float
        From 0 to 1; empty if the trace has no task results.
    problem : str
        Why the task results of the trace are not used, or "".
    """

    ids: list[str]
    scores: list[float]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class UnreadableResults:
    """Stands for a section `raw_eval_results` that cannot be read."""

    reason: str


def _field(key: str) -> Callable[[Any], Scores]:
    """Return a reader of `[id].key`; entries that are not objects, such as totals, do not count."""
    return lambda raw: {
        task: entry[key] for task, entry in raw.items() if isinstance(entry, Mapping)
    }


def _read_usaco(raw: Any) -> Scores:
    return {
        task: float(attempts[0]["result"]["fraction_passed"]) == 1
        for task, attempts in raw["sdict"].items()
    }


def _read_corebench(raw: Any) -> Scores:
    return {task: _is_all_correct(entry) for task, entry in raw.items()}


def _is_all_correct(entry: Mapping[str, Any]) -> bool:
    correct = (entry["correct_written_answers"], entry["correct_vision_answers"])
    total = (entry["total_written_questions"], entry["total_vision_questions"])
    return correct == total and sum(total) > 0


def _read_taubench(raw: Any) -> Scores:
    """Return rewards; a task that ended with an error has its text instead."""
    return {task: 0 if isinstance(entry, str) else entry["reward"] for task, entry in raw.items()}


def _read_swebench(raw: Any) -> Scores:
    failed = dict.fromkeys([*raw["unresolved_ids"], *raw["error_ids"]], 0)
    return failed | dict.fromkeys(raw["resolved_ids"], 1)


# The first matching entry counts. Newer files of ColBench have scores by id instead of a list.
TASK_RULES = {
    "usaco": TaskRule(raw=_read_usaco),
    "corebench_*": TaskRule(raw=_read_corebench),
    "scicode*": TaskRule(),
    "gaia": TaskRule(raw=_field("score")),
    "online_mind2web": TaskRule(),
    "appworld_*": TaskRule(raw=lambda raw: _field("success")(raw["individual"])),
    "taubench_airline": TaskRule(raw=_read_taubench, unlisted_fail=True, n_tasks=50),
    "taubench_retail": TaskRule(raw=_read_taubench, unlisted_fail=True, n_tasks=115),
    "taubench_*": TaskRule(raw=_read_taubench, unlisted_fail=True),
    "swebench_verified_mini": TaskRule(raw=_read_swebench, unlisted_fail=True, n_tasks=50),
    "swebench_verified": TaskRule(raw=_read_swebench, unlisted_fail=True, n_tasks=500),
    "swebench_*": TaskRule(raw=_read_swebench, unlisted_fail=True),
    "assistantbench": TaskRule(None, lambda raw: raw["scores"]),
    "colbench_backend_*": TaskRule(raw=lambda raw: raw),
    "colbench_frontend_*": TaskRule(None, lambda raw: raw),
    "scienceagentbench": TaskRule(None, lambda raw: _field("success_rate")(raw["eval_result"])),
    "replicatorbench*": TaskRule(("passed_tasks", "failed_tasks"), _field("correct")),
    "*": TaskRule(),
}


def find_rule(benchmark: str) -> TaskRule:
    """Return the rule of a benchmark."""
    return next(rule for name, rule in TASK_RULES.items() if fnmatchcase(benchmark, name))


def needs_raw_results(config: object, results: object) -> bool:
    """Return whether `raw_eval_results` must be read for the task results of a trace.

    Parameters
    ----------
    config, results : object
        The values of these sections; None for `results` if the section has not been read yet.
    """
    benchmark = config.get("benchmark_name") if isinstance(config, dict) else None
    if not isinstance(benchmark, str) or len(benchmark) > MAX_NAME_LENGTH:
        return False
    rule = find_rule(clean_text(benchmark))
    if rule.raw is None or rule.lists is None:
        return rule.raw is not None
    return isinstance(results, dict) and not any(results.get(key) for key in rule.lists)


def extract_task_scores(benchmark: str, results: Mapping[str, Any], raw: object) -> TaskScores:
    """Extract the scores of the tasks of a run.

    Parameters
    ----------
    benchmark : str
    results : dict
        The section `results`.
    raw : object
        The section `raw_eval_results`, `UnreadableResults`, or None if it is absent or was not
        read.

    Returns
    -------
    TaskScores
        A trace whose task results are damaged has none, and the reason in `problem`.
    """
    rule = find_rule(benchmark)
    try:
        if rule.lists and any(results.get(key) for key in rule.lists):
            scores: Scores = _read_lists(results, rule.lists)
        elif rule.raw and raw is not None:
            scores = _read_raw(raw, rule.raw)
        else:
            return TaskScores([], [])
        if len(scores) > MAX_TASKS:
            raise ValueError(f"{len(scores):,} tasks, expected at most {MAX_TASKS:,}")
        if isinstance(scores, list):
            return TaskScores([], [_as_score(score, i) for i, score in enumerate(scores)])
        by_task = {_as_id(task): _as_score(score, task) for task, score in scores.items()}
        return TaskScores(list(by_task), list(by_task.values()))
    except ValueError as error:
        return TaskScores([], [], str(error))


def describe_problem(field: str, text: str, max_length: int) -> str | None:
    """Return a sentence about a text that is too long or has a NUL, which no table may contain."""
    if len(text) > max_length:
        return (
            f"{field} has {len(text):,} characters, expected at most {max_length:,}: "
            f"{ascii(text[:40])[1:-1]}…"
        )
    return f"{field} contains a NUL character" if "\0" in text else None


def complete_task_results(
    benchmarks: Sequence[str], tasks: Sequence[tuple[list[str], list[float]]]
) -> tuple[list[list[str]], list[list[float]], list[int]]:
    """Complete the task results of all runs of a folder.

    Scores without ids get their positions as ids, counted from 0, if the run has as many as the
    longest run of its benchmark. Tasks that a run does not name become failures where the rule of
    its benchmark says so.

    Parameters
    ----------
    benchmarks : sequence of str
        The benchmark of each run.
    tasks : sequence of (list of str, list of float)
        Task ids and scores of each run, as in `TaskScores`.

    Returns
    -------
    task_ids : list of list of str
        Empty for runs without tasks, and for incomplete runs without ids.
    task_scores : list of list of float
    n_tasks : list of int
        The number of tasks that the accuracy of each run is a mean over; 0 if it is unknown.
    """
    all_ids: dict[str, dict[str, None]] = defaultdict(dict)
    longest: dict[str, int] = defaultdict(int)
    for benchmark, (ids, scores) in zip(benchmarks, tasks, strict=True):
        all_ids[benchmark].update(dict.fromkeys(ids))
        longest[benchmark] = max(longest[benchmark], len(scores))
    rules = {benchmark: find_rule(benchmark) for benchmark in longest}
    task_ids, task_scores, n_tasks = [], [], []
    for benchmark, (ids, scores) in zip(benchmarks, tasks, strict=True):
        rule = rules[benchmark]
        if scores and not ids and len(scores) == longest[benchmark]:
            ids = [str(position) for position in range(len(scores))]
        n = len(scores)
        if rule.unlisted_fail and ids:
            listed = set(ids)
            unlisted = [task for task in all_ids[benchmark] if task not in listed]
            ids, scores = ids + unlisted, scores + [0.0] * len(unlisted)
            n = max(len(ids), rule.n_tasks or 0)
        task_ids.append(ids)
        task_scores.append(scores)
        n_tasks.append(n)
    return task_ids, task_scores, n_tasks


def _read_lists(results: Mapping[str, Any], keys: tuple[str, str]) -> dict[str, int]:
    tasks: list[dict[str, int]] = []
    for key, score in zip(keys, (1, 0), strict=True):
        ids = results.get(key)
        if not isinstance(ids, list):
            raise ValueError(f"results.{key} is not a list of task ids")
        tasks.append(dict.fromkeys(map(_as_id, ids), score))
    solved, failed = tasks
    if both := solved.keys() & failed.keys():
        raise ValueError(f"results.{keys[0]} and results.{keys[1]} both contain {min(both)[:80]!r}")
    return solved | failed


def _read_raw(raw: object, read: Callable[[Any], Scores]) -> Scores:
    if isinstance(raw, UnreadableResults):
        raise ValueError(raw.reason)
    try:
        scores = read(raw)
        if isinstance(scores, Mapping | list):
            return scores
    except (LookupError, TypeError, ValueError, AttributeError):
        pass
    raise ValueError("raw_eval_results does not have the form that HAL writes for this benchmark")


def _as_id(task: object) -> str:
    if isinstance(task, bool) or not isinstance(task, str | int):
        raise ValueError(f"a task id is {type(task).__name__}, expected text")
    text = str(task)
    if problem := describe_problem("a task id", text, MAX_NAME_LENGTH):
        raise ValueError(problem)
    name = clean_text(text)
    if not name:
        raise ValueError("a task id is empty")
    return sys.intern(name)  # the runs of a benchmark have the same tasks


def _as_score(score: object, task: object) -> float:
    is_number = isinstance(score, bool | int | float)
    if not is_number or not -ROUNDING <= score <= 1 + ROUNDING:  # type: ignore[operator]
        shown = f"{score:.6g}" if isinstance(score, float) else type(score).__name__
        raise ValueError(
            f"the score of task {str(task)[:80]!r} is {shown}, expected a number from 0 to 1"
        )
    return min(max(float(score), 0.0), 1.0)  # type: ignore[arg-type]
