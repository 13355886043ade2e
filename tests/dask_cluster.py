"""A Dask cluster on this machine, as a user would start one."""

import contextlib
import os
import socket
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

DASK = Path(sys.executable).with_name("dask")


@contextlib.contextmanager
def run_dask(folder, *argv, **variables):
    """Run a command of Dask in a folder outside of the project, until the context ends.

    Variables are added to its environment.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= variables
    process = subprocess.Popen(
        [DASK, *argv, "--no-dashboard"], cwd=folder, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def run_scheduler(folder, **variables):
    """Run a scheduler; return its process and its address."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    options = ("--host", "127.0.0.1", "--port", str(port))
    with run_dask(folder, "scheduler", *options, **variables) as process:
        yield process, f"tcp://127.0.0.1:{port}"


def run_workers(folder, address):
    """Run two workers with one thread each."""
    return run_dask(folder, "worker", address, "--nworkers", "2", "--nthreads", "1")


def run_worker(folder, address, *options, **variables):
    """Run one worker with one thread."""
    return run_dask(folder, "worker", address, "--nthreads", "1", *options, **variables)


def report_old_dask(folder):
    """Return variables with which a worker reports an old version of Dask."""
    metadata = folder / "old" / "distributed-2025.1.0.dist-info"
    metadata.mkdir(parents=True)
    metadata.joinpath("METADATA").write_text("Name: distributed\nVersion: 2025.1.0\n")
    # The commands of Dask are found by their entry points.
    entry_points = distribution("distributed").read_text("entry_points.txt")
    metadata.joinpath("entry_points.txt").write_text(entry_points)
    return {"PYTHONPATH": str(folder / "old")}
