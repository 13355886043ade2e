"""Executors that read traces in parallel: threads, or the workers of a Dask cluster."""

import asyncio
import logging
import os
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import config
from hal_analysis.loaders.package import package_files

if TYPE_CHECKING:
    import distributed

CONNECT_TIMEOUT = 10  # seconds to wait for the scheduler of a Dask cluster


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

    async def check_address() -> None:
        # Client has no timeout for a server that accepts the connection but does not answer.
        options = distributed.Security().get_connection_args("client")
        connection = distributed.comm.connect(address, **options)
        await (await asyncio.wait_for(connection, CONNECT_TIMEOUT)).close()

    try:
        asyncio.run(check_address())
        client = distributed.Client(address, timeout=CONNECT_TIMEOUT)
    except Exception as error:  # a malformed address or any error of the network
        reason = str(error) or f"no reply within {CONNECT_TIMEOUT} s"
        sys.exit(
            f"--dask {address}: no Dask scheduler answers at this address ({reason}): "
            "start one or correct the address."
        )
    if not client.scheduler_info()["workers"]:
        print(f"The Dask scheduler at {address} is waiting for workers.", file=sys.stderr)
    return client


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
