"""A Dask cluster on this machine, as a user would start one."""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

DASK = Path(sys.executable).with_name("dask")


@contextlib.contextmanager
def run_dask(folder, *argv):
    """Run a command of Dask in a folder outside of the project, until the context ends."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(
        [DASK, *argv, "--no-dashboard"], cwd=folder, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def run_scheduler(folder):
    """Run a scheduler; return its process and its address."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with run_dask(folder, "scheduler", "--host", "127.0.0.1", "--port", str(port)) as process:
        yield process, f"tcp://127.0.0.1:{port}"


def run_workers(folder, address):
    """Run two workers with one thread each."""
    return run_dask(folder, "worker", address, "--nworkers", "2", "--nthreads", "1")
