"""Stage 1. From a folder of traces to one row for each run.

Reads     *.json and encrypted *.zip files in DATA_DIR and its subfolders, which may be remote;
          traces that have not changed since the last run come from data/trace_cache.sqlite
Computes  short names of scaffold and model, accuracy with its interval, cost, latencies and their
          mean, scores of tasks, tokens
Writes    data/cleaned_all_metrics.csv, one row for each run in the order of the files' paths,
          data/task_results.csv, one row for each run and task, and data/skipped_traces.csv, the
          files without a usable run
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # `python -I` leaves out the folder of the script
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from hal_analysis import cli

if __name__ == "__main__":  # before the other imports, whose errors run_stage reports
    cli.run_stage("generate_cleaned_dataset")

import functools
from typing import Any

import numpy as np
import pandas as pd

import config
from hal_analysis import models, names, settings, tables
from hal_analysis.loaders.discovery import (
    find_remote_traces,
    find_second_copies,
    find_traces,
    printable_name,
)
from hal_analysis.loaders.encrypted import BY_ENDS, BY_LONGER_ENDS, SHORT, WHOLE
from hal_analysis.loaders.parsing import RUN_FIELDS, Run
from hal_analysis.loaders.remote import (
    RemoteFile,
    RemoteFolder,
    TraceFile,
    is_url,
    local_path,
    lower_scheme,
)
from hal_analysis.loaders.runs import Reading, read_runs
from hal_analysis.loaders.task_results import complete_task_results
from hal_analysis.loaders.traces import ReadResult, record_failure
from hal_analysis.metrics.task_tests import accuracy_intervals
from hal_analysis.paths import display_path, resolve, shorten, shorten_middle
from hal_analysis.printing import count, warn
from hal_analysis.schema import DATASET
from hal_analysis.similar_names import describe_similar_names
from hal_analysis.task_tables import RUN_KEY, TASK_RESULTS, tabulate_task_results

N_EXAMPLES = 5  # reasons for skipped files on the screen
MAX_LINE, MAX_FILE_NAME = 160, 48  # characters on the screen
SHORT_NAMES = ["agent_name_short", "model_name_short"]
ADDED = ["run_id", *SHORT_NAMES, "file"]  # to the fields of a run; run_id may be missing there
WAYS = (BY_ENDS, BY_LONGER_ENDS, SHORT, WHOLE)  # how encrypted traces are read


def main(
    jobs: int | None = None,
    dask_address: str | None = None,
    use_cache: bool = True,
    strict: bool = False,
    verify: bool = False,
) -> list[str]:
    """Write the dataset and the table of skipped traces; return lines to print."""
    folder, trace_groups = find_trace_groups()
    n_files = sum(map(len, trace_groups))
    results, reading = read_runs(trace_groups, folder, jobs, dask_address, use_cache, verify)
    usable, runs = make_rows(results, folder)
    skipped = tabulate_skipped(results, folder)
    second_copies = tabulate_second_copies(trace_groups, results, folder)
    n_usable, n_perturbed = len(usable), len(usable) - len(runs)
    warnings = describe_unused_entries(usable)
    del results, usable  # a tenth of the memory
    runs, copies = drop_copies(runs)
    duplicates = pd.concat([second_copies, copies])
    skipped_path = tables.write_table(pd.concat([skipped, duplicates]), "skipped_traces.csv")
    if len(skipped) and (strict or not n_usable):
        reject_skipped(skipped, n_files, folder, skipped_path, strict)
    runs = add_task_results(runs)
    included = select_included(runs, folder)
    dataset_path = tables.write_table(included, DATASET)
    tasks_path = tables.write_table(tabulate_task_results(included), TASK_RESULTS)
    for line in warnings:
        warn(f"Warning: {line}.")
    n_excluded = len(runs) - len(included)
    n_runs, files = count(len(included), "run"), count(n_files, "file")
    return [
        f"{n_runs} in {files}",
        f"{files} = {n_runs} + {n_excluded} excluded by config.py + {n_perturbed} perturbed + "
        f"{len(skipped)} skipped + {count(len(duplicates), 'duplicate file')}",
        *describe_excluded(runs.drop(included.index)),
        *describe_reading(reading, folder),
        *describe_files(skipped, "skipped file", "skipped "),
        *describe_files(duplicates, "duplicate file"),
        *describe_task_results(included),
        *shorten_list(describe_similar_names(included), "more pair"),
        f"→ {display_path(dataset_path.parent)}",
        f"  {dataset_path.name}, {tasks_path.name}, {skipped_path.name}",
    ]


def find_trace_groups() -> tuple[Path | RemoteFolder, list[list[TraceFile]]]:
    """Find the traces in `DATA_DIR`, a folder or its URL."""
    place = config.DATA_DIR
    if is_url(place):
        place = lower_scheme(str(place))
    if is_url(place) and not str(place).startswith("file://"):
        return find_remote_traces(str(place))
    folder = local_path(str(place)) if is_url(place) else resolve(place)
    return folder, find_traces(folder)


def describe_reading(reading: Reading, folder: Path | RemoteFolder) -> list[str]:
    """Return how traces were read, and what a remote folder took, as lines."""
    lines = []
    if reading.n_unchanged:
        lines.append(f"{count(reading.n_unchanged, 'trace')} unchanged since the last run")
    if reading.n_by_way:
        ways = [f"{reading.n_by_way[way]} {way}" for way in WAYS if reading.n_by_way[way]]
        lines.append(f"encrypted traces: {', '.join(ways)}")
    if isinstance(folder, RemoteFolder):
        traffic = reading.traffic
        revision = f" at revision {folder.revision}" if folder.revision else ""
        requests = count(traffic.n_requests, "request")
        lines += [
            f"{folder}{revision}",
            f"{traffic.n_bytes / 1e6:.1f} MB in {requests}, without the listing",
        ]
    return lines


def scaffold_of_run(agent_name: str, benchmark_name: str) -> str:
    """Return the short name of the scaffold of a run."""
    return names.scaffold_name(names.PERTURBATION.sub("", agent_name), benchmark_name)


def model_of_run(agent_name: str, model: str, effort: str | None) -> str:
    """Return the short name of the model of a run, with its reasoning effort."""
    agent = names.PERTURBATION.sub("", agent_name)
    return models.model_name(model, models.effort_of_run(agent, model, effort))


def file_stem(path: TraceFile) -> str:
    """Return the name of a file without folder and suffix as one line of text."""
    folder = path.folder if isinstance(path, RemoteFile) else path.parent
    return printable_name(path, folder).rpartition("/")[2].removesuffix(path.suffix)


def make_rows(
    results: list[ReadResult], folder: Path | RemoteFolder
) -> tuple[list[Run], pd.DataFrame]:
    """Return the usable runs, and the rows of the dataset; skip what raises an error.

    The name of the file replaces a missing run_id. With `PERTURBED_RUNS = "drop"`, perturbed runs
    have no row.
    """
    # Many runs have the same names.
    find_scaffold, find_model = functools.cache(scaffold_of_run), functools.cache(model_of_run)
    usable, runs, added = [], [], []
    for result in results:
        path, run = result.path, result.run
        if path and run:
            with record_failure(path, result.failures):
                scaffold = find_scaffold(run.agent_name, run.benchmark_name)
                model = find_model(run.agent_name, run.model, run.effort)
                if run.perturbation:
                    scaffold = f"{scaffold}_{run.perturbation}"
                run_id, name = run.run_id or file_stem(path), printable_name(path, folder)
                usable.append(run)
                if not run.perturbation or config.PERTURBED_RUNS == "keep":
                    runs.append(run)
                    added.append((run_id, scaffold, model, name))
    columns = {field: pd.Series([getattr(run, field) for run in runs]) for field in RUN_FIELDS}
    return usable, pd.DataFrame(columns | dict(pd.DataFrame(added, columns=ADDED)), copy=False)


def drop_copies(runs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Drop runs whose trace was copied under another name.

    The first copy with task results is kept, or else the first one.

    Returns
    -------
    others, copies : DataFrame
        The other runs, and a row for `skipped_traces.csv` for each copy.
    """
    if runs.empty:
        return runs, pd.DataFrame(columns=["file", "reason"])
    key = [*RUN_KEY, "date", "accuracy", "total_cost", "mean_latency"]
    same = runs[runs.duplicated(key, keep=False)]
    same = same.iloc[np.argsort(same.task_scores.map(len) == 0, kind="stable")]
    tasks = pd.Series([describe_tasks(run) for run in same.itertuples()], same.index, str)
    groups = same.assign(tasks=tasks).groupby(key, dropna=False)
    reasons = "duplicate of " + groups.file.transform("first")
    differs = (tasks != "") & (tasks != groups.tasks.transform("first"))
    reasons += np.where(differs, " with other task results: give each run its own run_id", "")
    copies = pd.DataFrame({"file": same.file, "reason": reasons})[same.duplicated(key)].sort_index()
    if copies.empty:
        return runs, copies
    return runs.drop(copies.index).reset_index(drop=True), copies


def describe_tasks(run: Any) -> str:
    """Return the task results of a row as text, in any order of the tasks."""
    scores = run.task_scores
    tasks = sorted(zip(run.task_ids, scores, strict=True)) if run.task_ids else scores
    return str(tasks) if tasks else ""


def tabulate_second_copies(
    trace_groups: list[list[TraceFile]], results: list[ReadResult], folder: Path | RemoteFolder
) -> pd.DataFrame:
    """Return the files that are not read because another file has the run, and which one."""
    rows = [
        (printable_name(path, folder), f"duplicate of {printable_name(used, folder)}")
        for path, used in find_second_copies(trace_groups, results)
    ]
    return pd.DataFrame(rows, columns=["file", "reason"])


def select_included(runs: pd.DataFrame, folder: Path | RemoteFolder) -> pd.DataFrame:
    """Drop the runs that `config.py` excludes.

    Raises
    ------
    SystemExit
        With one sentence, if no run remains.
    """
    if runs.empty:
        sys.exit(
            f"All usable runs in {folder} are perturbed: set PERTURBED_RUNS = 'keep' in config.py "
            "to analyse them."
        )
    included = runs.loc[names.inclusion_mask(runs.model_name_short, runs.agent_name_short)]
    if included.empty:
        sys.exit(
            "EXCLUDED_MODELS or EXCLUDED_AGENTS in config.py exclude all usable runs in "
            f"{folder}: shorten these lists."
        )
    return included


def add_task_results(runs: pd.DataFrame) -> pd.DataFrame:
    """Complete the task results of all runs; add the number of tasks and the accuracy's interval.

    Failed tasks whose ids no run names have no row in `task_results.csv`, but count here.
    """
    tasks = list(zip(runs.task_ids, runs.task_scores, strict=True))
    task_ids, task_scores, n_tasks = complete_task_results(runs.benchmark_name.tolist(), tasks)
    scores = [
        row + [0.0] * (n - len(row)) if len(row) < n else row
        for row, n in zip(task_scores, n_tasks, strict=True)
    ]
    low, high = accuracy_intervals(scores)
    return runs.assign(
        task_ids=task_ids,
        task_scores=task_scores,
        tasks=pd.array([n or pd.NA for n in n_tasks], dtype="Int64"),
        accuracy_ci_low=low,
        accuracy_ci_high=high,
        prompt_tokens=runs.prompt_tokens.astype("Int64"),
        completion_tokens=runs.completion_tokens.astype("Int64"),
    )


def describe_excluded(runs: pd.DataFrame) -> list[str]:
    """Return a line with the excluded models and scaffolds and their numbers of runs."""
    is_model = ~np.array(names.inclusion_mask(runs.model_name_short, [""] * len(runs)), dtype=bool)
    excluded = runs.model_name_short.where(is_model, runs.agent_name_short)
    counts = sorted(excluded.value_counts().items(), key=lambda each: (-each[1], each[0]))
    shown = [f"{name} ({n_runs})" for name, n_runs in counts[:N_EXAMPLES]]
    more = [f"{len(counts) - N_EXAMPLES} more"] if len(counts) > N_EXAMPLES else []
    return [f"excluded by config.py: {', '.join(shown + more)}"] if counts else []


def describe_task_results(runs: pd.DataFrame) -> list[str]:
    """Return how many runs have task results, and why those of others are not used, as lines."""
    problems = runs[runs.task_problem != ""]
    n_runs = (runs.task_ids.map(len) > 0).sum()
    lines = [f"{count(n_runs, 'run')} with task results"] if n_runs else []
    lines += [
        shorten(f"task results of {row.run_id} not used: {row.task_problem}", MAX_LINE)
        for row in problems.head(N_EXAMPLES).itertuples()
    ]
    if len(problems) > N_EXAMPLES:
        lines.append(f"… and those of {count(len(problems) - N_EXAMPLES, 'more run')}")
    return lines


def tabulate_skipped(results: list[ReadResult], folder: Path | RemoteFolder) -> pd.DataFrame:
    """Return the files without a usable run, and the reasons."""
    rows = [
        (printable_name(path, folder), reason)
        for result in results
        for path, reason in result.failures
    ]
    return pd.DataFrame(rows, columns=["file", "reason"])


def shorten_list(lines: list[str], noun: str) -> list[str]:
    """Return the first lines, and how many more there are."""
    n_more = len(lines) - N_EXAMPLES
    return [*lines[:N_EXAMPLES], f"… and {count(n_more, noun)}"] if n_more > 0 else lines


def describe_files(files: pd.DataFrame, noun: str, prefix: str = "") -> list[str]:
    """Return the first rows for `skipped_traces.csv`, and how many more, as lines."""
    lines = [
        shorten(f"{prefix}{shorten_middle(row.file, MAX_FILE_NAME)}: {row.reason}", MAX_LINE)
        for row in files.head(N_EXAMPLES).itertuples()
    ]
    if len(files) > N_EXAMPLES:
        lines.append(f"… and {count(len(files) - N_EXAMPLES, f'more {noun}')}")
    return lines


def reject_skipped(
    skipped: pd.DataFrame,
    n_files: int,
    folder: Path | RemoteFolder,
    skipped_path: Path,
    strict: bool,
) -> None:
    """End the script because files are skipped: with --strict, or because no run is usable."""
    example = f"for example {skipped.file[0]} ({skipped.reason[0]})"
    files, shown = f"{count(n_files, 'file')} in {folder}", display_path(skipped_path)
    if strict:
        sys.exit(
            f"--strict: {len(skipped)} of {files} without a usable run, "
            f"{example}; {shown} lists all reasons: fix or remove these files, or omit --strict."
        )
    sys.exit(
        f"No usable run in {files}, {example}; {shown} lists all reasons: fix the files, or choose "
        "another folder with --data-dir."
    )


def describe_unused_entries(runs: list[Run]) -> list[str]:
    """Return a line for each entry of the user in `config.py` that matches no run."""
    agents = {
        (names.PERTURBATION.sub("", agent), benchmark)
        for agent, benchmark in {(run.agent_name, run.benchmark_name) for run in runs}
    }
    raw_models = {
        (model, models.effort_of_run(agent, model, effort))
        for agent, model, effort in {(run.agent_name, run.model, run.effort) for run in runs}
    }
    return settings.describe_unused_entries(agents, raw_models)
