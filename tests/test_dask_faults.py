"""Workers of a Dask cluster that cannot read traces: a real scheduler and real workers."""

import re
import sys

import distributed
import pytest
from dask_cluster import report_old_dask, run_scheduler, run_worker
from distributed.versions import get_versions
from process_tools import DEADLINE
from trace_files import GOOD, changed, write_trace

from hal_analysis.loaders.executors import describe_mismatch

STAGE = "generate_cleaned_dataset"
PYTHON = ".".join(map(str, sys.version_info[:3]))
OLD_WORKER = (
    rf"--dask tcp://[\d.:]+: the worker at tcp://[\d.:]+ has Python {PYTHON} and distributed "
    rf"2025\.1\.0, this machine has Python {PYTHON} and distributed {distributed.__version__}: "
    r"install the same versions on all machines\."
)
EXIT_AT_A = """\
import os, sys
sys.addaudithook(
    lambda event, args: event == "open" and str(args[0]).endswith("/a.json") and os._exit(1)
)
"""


@pytest.fixture
def address(tmp_path):
    """The address of a scheduler that gives up a task as soon as its worker is killed."""
    variables = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with run_scheduler(tmp_path, **variables) as (_, address):
        yield address


def wait_for_worker(address):
    """Wait for one worker; return its address."""
    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(1, timeout=60)
        return next(iter(client.scheduler_info()["workers"]))


def run_ids(project):
    return project.table("cleaned_all_metrics.csv").run_id.tolist()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Mismatched versions")
def test_worker_with_another_version_is_an_error(project, address, tmp_path):
    write_trace(project.traces, "a.json", GOOD)
    with run_worker(tmp_path, address, **report_old_dask(tmp_path)):
        wait_for_worker(address)
        assert re.fullmatch(OLD_WORKER, project.fail(STAGE, "--dask", address))


def test_only_the_minor_version_of_python_and_the_version_of_dask_matter():
    versions = get_versions()
    packages = versions["packages"]
    ours = f"this machine has Python {PYTHON} and distributed {packages['distributed']}"
    fix = "install the same versions on all machines"

    def compare(**changed_packages):
        return describe_mismatch({"packages": packages | changed_packages})

    major, minor, _ = PYTHON.split(".")
    assert compare(python=f"{major}.{minor}.99.final.0", numpy="1.0") is None
    assert compare(python=f"{major}.99.1.final.0") == (
        f"has Python {major}.99.1 and distributed {packages['distributed']}, {ours}: {fix}"
    )
    assert compare(distributed="2025.1.0") == (
        f"has Python {PYTHON} and distributed 2025.1.0, {ours}: {fix}"
    )


@pytest.mark.slow
def test_what_a_worker_does_not_see_is_read_on_this_machine(
    project, address, tmp_path, monkeypatch
):
    """The folder is given by the working directory, which is another one for the worker."""
    for name in "abc":
        write_trace(project.traces, f"{name}.json", changed(config__run_id=name))
    write_trace(project.traces, "d.json", [])
    monkeypatch.chdir(project.folder)
    project.configure(DATA_DIR="/proc/self/cwd/sample_traces")
    with run_worker(tmp_path, address):
        worker = wait_for_worker(address)
        output = project.run(STAGE, "--dask", address)
    assert run_ids(project) == ["a", "b", "c"]
    assert "4 files = 3 runs + 0 excluded by config.py + 0 perturbed + 1 skipped" in output
    assert project.stderr.getvalue() == (
        f"Warning: the Dask worker at {worker} failed to read 3 files that this machine has read, "
        "for example a.json (cannot be read: No such file or directory): make sure that the "
        "worker sees the folder of traces and has enough memory.\n"
    )


@pytest.mark.slow
def test_trace_that_is_too_large_for_a_worker_is_read_on_this_machine(project, address, tmp_path):
    """Its 15 MB of empty lists take more than 300 MB of memory."""
    lists = [[] for _ in range(3_800_000)]
    write_trace(project.traces, "a_large.json", changed(config__run_id="large", config__x=lists))
    names = [f"b{number}" for number in range(9)]
    for name in names:
        write_trace(project.traces, f"{name}.json", changed(config__run_id=name))
    with run_worker(tmp_path, address, "--memory-limit", "300MB"):
        wait_for_worker(address)
        project.run(STAGE, "--dask", address)
    assert run_ids(project) == ["large", *names]
    assert re.fullmatch(
        r"Warning: the Dask worker at tcp://[\d.:]+ failed to read \d files? that this machine has "
        r"read, for example a_large.json \(the worker was killed, possibly for lack of memory\): "
        r"make sure that the worker sees the folder of traces and has enough memory.\n",
        project.stderr.getvalue(),
    )


@pytest.mark.slow
def test_stage_waits_for_the_successor_of_a_lost_worker_and_checks_it(project, tmp_path):
    for name in "ab":
        write_trace(project.traces, f"{name}.json", changed(config__run_id=name))
    (tmp_path / "exit_at_a.py").write_text(EXIT_AT_A)
    options = ("--no-nanny", "--preload", str(tmp_path / "exit_at_a.py"))
    with run_scheduler(tmp_path) as (_, address):
        with run_worker(tmp_path, address, *options):
            wait_for_worker(address)
            process = project.start(f"{STAGE}.py", "--dask", address)
            line = process.stderr.readline()
            assert line == f"The Dask scheduler at {address} is waiting for workers.\n"
        with run_worker(tmp_path, address, **report_old_dask(tmp_path)):
            output, error = process.communicate(timeout=DEADLINE)
    assert (process.returncode, output) == (1, "")
    assert re.fullmatch(OLD_WORKER, error.rstrip("\n"))
