"""Parallel reading of many runs."""

import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from hal_analysis.loaders.cache import Stamp, file_stamp, load_cache, lookup, save_cache
from hal_analysis.loaders.discovery import printable_name
from hal_analysis.loaders.executors import (
    explain_killed_worker,
    open_executor,
    read_on_worker,
    wait_for_workers,
)
from hal_analysis.loaders.remote import RemoteFile, RemoteFolder, TraceFile, Traffic
from hal_analysis.loaders.traces import ReadResult, read_run
from hal_analysis.printing import warn

SECONDS_BETWEEN_SAVES = 30  # of the cache, so that a killed run loses little work
REMOTE_JOBS = 16  # most of the time is spent waiting for a server
MAX_PENDING = 256  # runs that are submitted to the executor at a time
SECONDS_IDLE = 5  # without any result, after which the workers of a Dask cluster are checked

Stamps = dict[Path, Stamp]  # of local files, taken before they are read


@dataclass
class Reading:
    """What reading a folder took.

    Parameters
    ----------
    n_unchanged : int
        Runs from the cache.
    n_by_way : Counter
        Encrypted traces by how they were read, as in `encrypted.Plaintext`.
    traffic : Traffic
        Requests and bytes of remote files, without the listing.
    """

    n_unchanged: int = 0
    n_by_way: Counter[str] = field(default_factory=Counter)
    traffic: Traffic = field(default_factory=Traffic)

    def add(self, result: ReadResult) -> None:
        """Add the result of reading one run."""
        if result.how:
            self.n_by_way[result.how] += 1
        if result.traffic:
            self.traffic.n_requests += result.traffic.n_requests
            self.traffic.n_bytes += result.traffic.n_bytes


def read_runs(
    trace_groups: Sequence[list[TraceFile]],
    folder: Path | RemoteFolder,
    jobs: int | None = None,
    dask_address: str | None = None,
    use_cache: bool = True,
    verify: bool = False,
) -> tuple[list[ReadResult], Reading]:
    """Read the runs of all trace groups and update the cache.

    Parameters
    ----------
    trace_groups : list of list of Path or RemoteFile
    folder : Path or RemoteFolder
    jobs : int, optional
        Number of threads; by default one per core, and `REMOTE_JOBS` for a remote folder.
    dask_address : str, optional
        Address of the scheduler of a Dask cluster to read on instead.
    use_cache, verify : bool
        Whether to take unchanged runs from the cache, or to check every file to its end.

    Returns
    -------
    results : list of ReadResult
        One per trace group, in the same order.
    reading : Reading

    Raises
    ------
    SystemExit
        With one sentence, if the Dask cluster fails or the cache cannot be written.
    """
    cache = load_cache() if use_cache else {}
    paths = [path for paths in trace_groups for path in paths]
    stamps = {path: file_stamp(path) for path in paths if isinstance(path, Path)}
    results = {} if verify else _take_unchanged(trace_groups, cache, stamps)
    reading = Reading(len(results))
    unread = {i: paths for i, paths in enumerate(trace_groups) if i not in results}
    jobs = jobs or (REMOTE_JOBS if isinstance(folder, RemoteFolder) else None)
    saved_at = time.monotonic()
    try:
        with closing(_read_groups(unread, folder, jobs, dask_address, verify, reading)) as read:
            for i, result in read:
                results[i] = ReadResult(result.path, result.run, result.failures)
                if time.monotonic() - saved_at > SECONDS_BETWEEN_SAVES:
                    _save(cache, folder, results, stamps)
                    saved_at = time.monotonic()
    finally:
        _save(cache, folder, results, stamps)
    return [results[i] for i in range(len(trace_groups))], reading


def _take_unchanged(
    trace_groups: Sequence[list[TraceFile]], cache: dict[str, dict], stamps: Stamps
) -> dict[int, ReadResult]:
    """Return the runs of unchanged files from the cache, by the numbers of their groups."""
    return {
        i: ReadResult(path, run, [])
        for i, (path, *_) in enumerate(trace_groups)
        if (run := lookup(cache, path, _stamp(path, stamps)))
    }


def _save(
    cache: dict[str, dict],
    folder: Path | RemoteFolder,
    results: dict[int, ReadResult],
    stamps: Stamps,
) -> None:
    usable = [(result.path, result.run) for result in results.values()]
    read = {path: (_stamp(path, stamps), run) for path, run in usable if path and run}
    save_cache(cache, folder, read)


def _stamp(path: TraceFile, stamps: Stamps) -> Stamp:
    return path.stamp if isinstance(path, RemoteFile) else stamps[path]


def _read_groups(
    trace_groups: dict[int, list[TraceFile]],
    folder: Path | RemoteFolder,
    jobs: int | None,
    dask_address: str | None,
    verify: bool,
    reading: Reading,
) -> Generator[tuple[int, ReadResult]]:
    """Read trace groups; yield their keys and results as they complete.

    What the workers of a Dask cluster fail to read is read again on this machine.
    """
    failed: dict[int, ReadResult] = {}
    if dask_address:
        with open_executor(None, dask_address) as executor:
            read = _read_unordered(executor, trace_groups, verify, reading, dask_address)
            for i, result in read:
                if result.worker:
                    failed[i] = result
                else:
                    yield i, result
        trace_groups = {i: trace_groups[i] for i in sorted(failed)}
    if not trace_groups:
        return
    read_again: dict[str, list[tuple[TraceFile, str]]] = {}  # files and reasons by worker
    with open_executor(jobs, None) as executor:
        for i, result in _read_unordered(executor, trace_groups, verify, reading):
            yield i, result
            if i in failed:
                unreadable = {path for path, _ in result.failures}
                read_again.setdefault(failed[i].worker, []).extend(
                    failure for failure in failed[i].failures if failure[0] not in unreadable
                )
    for worker, failures in read_again.items():
        _warn_about_worker(worker, failures, folder)


def _warn_about_worker(
    worker: str, failures: list[tuple[TraceFile, str]], folder: Path | RemoteFolder
) -> None:
    """Print a warning if this machine has read what a worker could not."""
    if failures:
        path, reason = min(failures, key=lambda failure: str(failure[0]))
        warn(
            f"Warning: the Dask worker at {worker} failed to read {len(failures)} files that this "
            f"machine has read, for example {printable_name(path, folder)} ({reason}): make sure "
            "that the worker sees the folder of traces and has enough memory."
        )


def _read_unordered(
    executor: Executor,
    trace_groups: dict[int, list[TraceFile]],
    verify: bool,
    reading: Reading,
    dask_address: str | None = None,
) -> Iterator[tuple[int, ReadResult]]:
    """Read trace groups with a progress bar; yield their keys and results as they complete."""
    read, timeout = (read_on_worker, SECONDS_IDLE) if dask_address else (read_run, None)
    waiting = iter(trace_groups.items())
    pending: dict[Future[ReadResult], int] = {}
    with tqdm(total=len(trace_groups), desc="traces", unit="run", leave=False, disable=None) as bar:
        while True:
            for i, paths in islice(waiting, MAX_PENDING - len(pending)):
                pending[executor.submit(read, paths, verify)] = i
            if not pending:
                return
            completed = wait(pending, timeout, return_when=FIRST_COMPLETED).done
            if dask_address and not completed:
                wait_for_workers(dask_address)
            for future in sorted(completed, key=pending.__getitem__):
                i = pending.pop(future)
                result = _get_result(future, trace_groups[i])
                reading.add(result)
                if reading.traffic.n_bytes:
                    bar.set_postfix_str(f"{reading.traffic.n_bytes / 1e6:.1f} MB", refresh=False)
                bar.update()
                yield i, result


def _get_result(future: Future[ReadResult], paths: list[TraceFile]) -> ReadResult:
    try:
        return future.result()
    except Exception as error:
        return explain_killed_worker(error, paths)
