"""Parallel reading of many runs."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path

from tqdm import tqdm

from hal_analysis.loaders.cache import file_stamp, load_cache, lookup, save_cache
from hal_analysis.loaders.executors import open_executor
from hal_analysis.loaders.traces import ReadResult, read_run

SECONDS_BETWEEN_SAVES = 30  # of the cache, so that a killed run loses little work


def read_runs(
    trace_groups: Sequence[list[Path]],
    folder: Path,
    jobs: int | None = None,
    dask_address: str | None = None,
    use_cache: bool = True,
) -> tuple[list[ReadResult], int]:
    """Read the runs of all trace groups and update the cache.

    Parameters
    ----------
    trace_groups : list of list of Path
        As returned by `discovery.find_traces`.
    folder : Path
        The folder that contains the files.
    jobs : int, optional
        Number of threads; by default one per core.
    dask_address : str, optional
        Address of the scheduler of a Dask cluster to read on instead.
    use_cache : bool
        Whether to take unchanged runs from the cache.

    Returns
    -------
    results : list of ReadResult
        One per trace group, in the same order.
    n_unchanged : int
        Number of runs that were taken from the cache.

    Raises
    ------
    SystemExit
        With one sentence, if the Dask cluster fails or the cache cannot be written.
    """
    cache = load_cache() if use_cache else {}
    stamps = {path: file_stamp(path) for paths in trace_groups for path in paths}
    results: dict[int, ReadResult] = {}
    for i, (path, *_) in enumerate(trace_groups):
        if run := lookup(cache, path, stamps[path]):
            results[i] = ReadResult(path, run, [])
    n_unchanged = len(results)
    unread = {i: paths for i, paths in enumerate(trace_groups) if i not in results}

    def save() -> None:
        read = {r.path: (stamps[r.path], r.run) for r in results.values() if r.path and r.run}
        save_cache(cache, folder, read)

    saved_at = time.monotonic()
    try:
        with open_executor(jobs, dask_address) as executor:
            for i, result in _read_unordered(executor, unread):
                results[i] = result
                if time.monotonic() - saved_at > SECONDS_BETWEEN_SAVES:
                    save()
                    saved_at = time.monotonic()
    finally:
        save()
    return [results[i] for i in range(len(trace_groups))], n_unchanged


def _read_unordered(
    executor: Executor, trace_groups: dict[int, list[Path]]
) -> Iterator[tuple[int, ReadResult]]:
    """Read trace groups with a progress bar; yield their keys and results as they complete."""
    futures = {executor.submit(read_run, paths): i for i, paths in trace_groups.items()}
    completed = as_completed(futures)
    for future in tqdm(completed, "traces", len(futures), unit="run", leave=False, disable=None):
        yield futures[future], future.result()
