"""Executors that read traces in parallel: threads, or the workers of a Dask cluster."""

import asyncio
import logging
import os
import sys
import tempfile
import time
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import config
from hal_analysis.loaders.package import package_files
from hal_analysis.loaders.remote import TraceFile
from hal_analysis.loaders.traces import ReadResult, read_run
from hal_analysis.printing import warn

if TYPE_CHECKING:
    import distributed

CONNECT_TIMEOUT = 10  # seconds to wait for the scheduler of a Dask cluster
SECONDS_BETWEEN_CHECKS = 1  # while it has no workers

Versions = dict[str, Any]  # of the packages of a process, as Dask reports them


@contextmanager
def open_executor(jobs: int | None, dask_address: str | None) -> Iterator[Executor]:
    """Open an executor to read traces on.

    Threads are sufficient on one machine because Python releases its global lock while it reads
    from the disk, decompresses and derives keys.

    Parameters
    ----------
    jobs : int or None
        Number of threads; None for one per core.
    dask_address : str or None
        Address of the scheduler of a Dask cluster, such as `tcp://host:8786`; None for threads.

    Raises
    ------
    SystemExit
        With one sentence, if the cluster cannot be used or fails.
    """
    if dask_address:
        try:
            with _connect(dask_address) as client:
                _upload_package(client)
                yield client.get_executor(pure=False)
        except (CancelledError, OSError):
            sys.exit(f"Reading on the Dask cluster at {dask_address} failed: lost the scheduler.")
        except Exception as error:  # a cluster can raise any exception
            sys.exit(f"Reading on the Dask cluster at {dask_address} failed: {error!r}.")
        return
    executor = ThreadPoolExecutor(jobs or os.cpu_count())
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _connect(address: str) -> "distributed.Client":
    """Connect to a Dask cluster, or exit with one sentence after `CONNECT_TIMEOUT` seconds."""
    try:
        import distributed
    except ModuleNotFoundError as error:
        sys.exit(
            f"--dask requires {error.name}, which is not installed: "
            "pip install -r requirements-dask.txt."
        )
    for logger in ("distributed", "distributed.client"):  # errors are reported below
        logging.getLogger(logger).setLevel(logging.CRITICAL)

    try:
        _, workers = asyncio.run(_fetch_versions(address))
    except Exception as error:  # a malformed address or any error of the network
        reason = str(error) or f"no reply within {CONNECT_TIMEOUT} s"
        sys.exit(
            f"--dask {address}: no Dask scheduler answers at this address ({reason}): "
            "start one or correct the address."
        )
    if workers is None:
        sys.exit(
            f"--dask {address}: a worker does not reply within {CONNECT_TIMEOUT} s: restart it."
        )
    wait_for_workers(address)
    return distributed.Client(address, timeout=CONNECT_TIMEOUT)


def wait_for_workers(address: str) -> None:
    """Wait until a Dask cluster has workers, and check that they can run this program.

    Python and Dask send functions in formats of their own. A process of another version may fail
    to read them and never answer.

    Parameters
    ----------
    address : str
        Address of the scheduler.

    Raises
    ------
    SystemExit
        With one sentence, if the scheduler or a worker has other versions than this process.
    """
    is_waiting = False
    while True:
        scheduler, workers = asyncio.run(_fetch_versions(address))
        if workers is None:  # the scheduler ends workers that never answer
            return
        processes = {f"worker at {worker}": versions for worker, versions in workers.items()}
        for process, versions in {"scheduler": scheduler, **processes}.items():
            if problem := describe_mismatch(versions):
                sys.exit(f"--dask {address}: the {process} {problem}.")
        if workers:
            return
        if not is_waiting:
            warn(f"The Dask scheduler at {address} is waiting for workers.")
        is_waiting = True
        time.sleep(SECONDS_BETWEEN_CHECKS)


async def _fetch_versions(address: str) -> tuple[Versions, dict[str, Versions] | None]:
    """Return the versions of the scheduler of a Dask cluster, and of its workers by address.

    The workers are None if one of them does not answer.
    """
    import distributed

    # Client would not do: it needs a scheduler of its own version that answers.
    options = distributed.Security().get_connection_args("client")
    async with distributed.rpc(address, connection_args=options) as scheduler:
        versions = await asyncio.wait_for(scheduler.versions(), CONNECT_TIMEOUT)
        workers = scheduler.broadcast(msg={"op": "versions"}, on_error="ignore")
        try:
            return versions, await asyncio.wait_for(workers, CONNECT_TIMEOUT)
        except TimeoutError:
            return versions, None


def describe_mismatch(versions: Versions) -> str | None:
    """Compare the versions of a process with those of this one; return what to do, or None."""
    from distributed.versions import get_versions

    theirs, ours = (_python_and_dask(packages) for packages in (versions, get_versions()))
    if theirs[0].split(".")[:2] == ours[0].split(".")[:2] and theirs[1] == ours[1]:
        return None
    return (
        f"has Python {theirs[0]} and distributed {theirs[1]}, this machine has Python {ours[0]} "
        f"and distributed {ours[1]}: install the same versions on all machines"
    )


def _python_and_dask(versions: Versions) -> tuple[str, str]:
    packages = versions["packages"]
    return ".".join(packages["python"].split(".")[:3]), packages["distributed"]


def read_on_worker(paths: Sequence[TraceFile], verify: bool) -> ReadResult:
    """Read a run on a worker of a Dask cluster; a result with a failure has no run.

    See `traces.read_run`. A lack of resources on the worker is a failure, too.
    """
    import distributed

    worker = distributed.get_worker().address
    try:
        result = read_run(paths, verify)
    except OSError as error:
        return ReadResult(None, None, [(path, repr(error)) for path in paths], worker=worker)
    if result.failures:
        return ReadResult(None, None, result.failures, traffic=result.traffic, worker=worker)
    return result


def explain_killed_worker(error: Exception, paths: Sequence[TraceFile]) -> ReadResult:
    """Return the result of reading a run on workers that were killed; raise any other error."""
    if type(error).__name__ != "KilledWorker":
        raise error
    reason = "the worker was killed, possibly for lack of memory"
    worker = error.last_worker.address  # type: ignore[attr-defined]
    return ReadResult(None, None, [(path, reason) for path in paths], worker=worker)


def _upload_package(client: "distributed.Client") -> None:
    """Send this package to the scheduler and to all present and future workers of a cluster.

    Each upload has a unique name because Python does not notice changes of a zip file that it has
    already imported from.
    """

    # Dask serializes nested functions by value, so this one runs where the package is missing.
    def forget_package() -> None:
        import sys
        from pathlib import Path

        for name in list(sys.modules):
            if name == "config" or name.partition(".")[0] == "hal_analysis":
                del sys.modules[name]
        sys.path[:] = [path for path in sys.path if not Path(path).match("hal_analysis-*.zip")]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"hal_analysis-{uuid.uuid4().hex}.zip")
        files = {"config.py": Path(config.__file__).read_bytes(), **package_files()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        client.run(forget_package)
        client.run_on_scheduler(forget_package)
        client.upload_file(str(path))
