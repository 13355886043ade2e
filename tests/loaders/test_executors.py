"""Threads and Dask clusters to read traces on."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import distributed
import pytest
from dask_cluster import run_scheduler, run_workers
from trace_files import GOOD, write_trace

from hal_analysis.loaders.executors import open_executor

ROOT = Path(__file__).resolve().parents[2]


def test_threads_compute_results():
    with open_executor(jobs=2, dask_address=None) as executor:
        assert executor.submit(pow, 2, 3).result() == 8


def connection_error(address):
    with pytest.raises(SystemExit) as error, open_executor(None, address):
        pass
    return str(error.value)


def test_malformed_address_is_an_error():
    assert connection_error("nowhere") == (
        "--dask nowhere: no Dask scheduler answers at this address (missing port number in "
        "address 'nowhere'): start one or correct the address."
    )


@pytest.mark.slow
@pytest.mark.parametrize("listens", [True, False])
def test_address_without_a_scheduler_is_an_error(listens):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        if not listens:
            server.close()
        assert connection_error(address) == (
            f"--dask {address}: no Dask scheduler answers at this address (no reply within 10 s): "
            "start one or correct the address."
        )


@pytest.fixture
def dask_address(tmp_path):
    """A scheduler and two workers in a folder outside of the project."""
    with run_scheduler(tmp_path) as (_, address), run_workers(tmp_path, address):
        with distributed.Client(address, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
        yield address


READ = """\
import sys
from pathlib import Path
import config
from hal_analysis.loaders.discovery import find_traces
from hal_analysis.loaders.runs import read_runs
folder = Path(sys.argv[1])
config.TABLES_DIR = folder.parent / "data"
results, _ = read_runs(find_traces(folder), folder, dask_address=sys.argv[2], use_cache=False)
print([(result.path.name, result.run.agent_args == 'new') for result in results])
"""


@pytest.mark.slow
def test_workers_use_the_code_of_the_last_upload(tmp_path, dask_address):
    """Two versions of the package, which differ in the arguments that they read, take turns."""
    traces = tmp_path / "traces"
    traces.mkdir()
    for name in ("a.json", "b.json"):
        write_trace(traces, name, GOOD)
    for version in ("old", "new"):
        shutil.copytree(ROOT / "hal_analysis", tmp_path / version / "hal_analysis")
        shutil.copy(ROOT / "config.py", tmp_path / version)
    module = tmp_path / "new" / "hal_analysis" / "loaders" / "parsing.py"
    code = module.read_text()
    assert "agent_args=_args_as_text(args)," in code
    module.write_text(code.replace("agent_args=_args_as_text(args),", "agent_args='new',"))
    for version in ("old", "new", "old"):
        command = [sys.executable, "-c", READ, str(traces), dask_address]
        output = subprocess.check_output(command, cwd=tmp_path / version, text=True)
        is_new = version == "new"
        assert output == f"{[('a.json', is_new), ('b.json', is_new)]}\n"
