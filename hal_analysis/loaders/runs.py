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

from hal_analysis.loaders.cache import Stamp, file_stamp, open_cache
from hal_analysis.loaders.discovery import printable_name
from hal_analysis.loaders.executors import (
    explain_killed_worker,
    open_executor,
    read_on_worker,
    wait_for_workers,
)
from hal_analysis.loaders.parsing import Run
from hal_analysis.loaders.remote import RemoteFile, RemoteFolder, TraceFile, Traffic
from hal_analysis.loaders.traces import ReadResult, read_run
from hal_analysis.printing import count, warn

SECONDS_BETWEEN_SAVES = 1  # of the cache, so that a killed run loses little work
REMOTE_JOBS = 16  # most of the time is spent waiting for a server
MAX_PENDING = 256  # runs that are submitted to the executor at a time
SECONDS_IDLE = 5  # without any result, after which the workers of a Dask cluster are checked


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
        With one sentence, if the Dask cluster fails.
    """
    stamps = {path: _stamp(path) for paths in trace_groups for path in paths}
    jobs = jobs or (REMOTE_JOBS if isinstance(folder, RemoteFolder) else None)
    with closing(open_cache()) as cache:
        unchanged = cache.find_unchanged(stamps) if use_cache and not verify else {}
        results = [
            ReadResult(first, unchanged[first], []) if first in unchanged else None
            for first, *_ in trace_groups
        ]
        unread = {i: trace_groups[i] for i, result in enumerate(results) if result is None}
        reading = Reading(len(results) - len(unread))
        unsaved: list[tuple[TraceFile, Stamp, Run]] = []
        saved_at = time.monotonic()
        try:
            with closing(_read_groups(unread, folder, jobs, dask_address, verify, reading)) as read:
                for i, result in read:
                    path, run = result.path, result.run
                    results[i] = ReadResult(path, run, result.failures)
                    if path and run:
                        # A remote file may be a newer version than the listed one.
                        stamp = path.stamp if isinstance(path, RemoteFile) else stamps[path]
                        unsaved.append((path, stamp, run))
                    if time.monotonic() - saved_at > SECONDS_BETWEEN_SAVES:
                        cache.store(unsaved)
                        unsaved.clear()
                        saved_at = time.monotonic()
        finally:
            cache.store(unsaved)
    return [result for result in results if result], reading


def _stamp(path: TraceFile) -> Stamp:
    return path.stamp if isinstance(path, RemoteFile) else file_stamp(path)


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
            f"Warning: the Dask worker at {worker} failed to read {count(len(failures), 'file')} "
            f"that this machine has read, for example {printable_name(path, folder)} ({reason}): "
            "make sure that the worker sees the folder of traces and has enough memory."
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
