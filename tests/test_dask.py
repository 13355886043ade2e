"""Stage 1 on a Dask cluster: a real scheduler and real workers on this machine."""

import os
import signal
import sys

import distributed
import pytest
from dask_cluster import run_scheduler, run_workers
from trace_files import GOOD, changed, write_encrypted, write_trace
from trace_server import serve

pytestmark = pytest.mark.slow

STAGE = "generate_cleaned_dataset"
OUTPUTS = ["cleaned_all_metrics.csv", "skipped_traces.csv", "task_results.csv"]


@pytest.fixture
def scheduler(tmp_path):
    """The process and the address of a scheduler without workers."""
    with run_scheduler(tmp_path) as (process, address):
        with distributed.Client(address, timeout=60):
            pass
        yield process, address


@pytest.fixture
def waiting_stage(project, scheduler):
    """The process of the stage, which is waiting for workers."""
    write_trace(project.traces, "a.json", GOOD)
    _, address = scheduler
    process = project.start(f"{STAGE}.py", "--dask", address)
    line = process.stderr.readline()
    assert line == f"The Dask scheduler at {address} is waiting for workers.\n"
    yield process
    process.kill()
    process.communicate()


def test_tables_are_those_of_a_run_without_dask(project, scheduler, tmp_path):
    project.add_sample()
    write_encrypted(project.traces, "zip_UPLOAD.zip", changed(config__run_id="encrypted"))
    (project.traces / "bad_UPLOAD.json").write_text("[]")
    project.run_quietly(STAGE)
    expected = [(project.tables / name).read_bytes() for name in OUTPUTS]
    for name in [*OUTPUTS, "trace_cache.sqlite"]:
        (project.tables / name).unlink()
    _, address = scheduler
    with run_workers(tmp_path, address), distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
        output = project.run_quietly("run_pipeline", "--only", STAGE, "--dask", address)
        have_reader = client.run(lambda: "hal_analysis.loaders.traces" in sys.modules)
    total = "165 files = 164 runs + 0 excluded by config.py + 0 perturbed + 1 skipped + 0 duplicate"
    assert total in output
    assert [(project.tables / name).read_bytes() for name in OUTPUTS] == expected
    assert list(have_reader.values()) == [True, True]


def test_remote_folder_is_read_on_workers(project, scheduler, tmp_path):
    write_trace(project.traces, "a.json", GOOD)
    write_encrypted(project.traces, "b_UPLOAD.zip", changed(config__run_id="encrypted"))
    project.run_quietly(STAGE)
    expected = [(project.tables / name).read_bytes() for name in OUTPUTS[:2]]
    _, address = scheduler
    with serve(project.traces) as server, run_workers(tmp_path, address):
        output = project.run(STAGE, "--data-dir", server.url, "--dask", address)
        assert len(server.ranges()) == 2
    assert "2 runs in 2 files" in output
    assert [(project.tables / name).read_bytes() for name in OUTPUTS[:2]] == expected


def test_stage_waits_for_workers(project, scheduler, waiting_stage, tmp_path):
    _, address = scheduler
    with run_workers(tmp_path, address):
        output, error = waiting_stage.communicate()
    assert (waiting_stage.returncode, error) == (0, "")
    assert output.startswith("1 run in 1 file\n")
    assert len(project.table("cleaned_all_metrics.csv")) == 1


def test_ctrl_c_while_the_stage_waits_for_workers(waiting_stage):
    os.kill(waiting_stage.pid, signal.SIGINT)
    assert waiting_stage.communicate() == ("", "")
    assert waiting_stage.returncode == 130


def test_lost_scheduler_is_an_error(scheduler, waiting_stage):
    process, address = scheduler
    process.kill()
    output, error = waiting_stage.communicate()
    assert (waiting_stage.returncode, output) == (1, "")
    assert error == f"Reading on the Dask cluster at {address} failed: lost the scheduler.\n"


def test_missing_dask_is_an_error_that_names_its_requirements(project, tmp_path, monkeypatch):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    (tmp_path / "distributed.py").write_text('raise ModuleNotFoundError("", name="distributed")\n')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = project.run_script(f"{STAGE}.py", "--dask", "tcp://127.0.0.1:1")
    assert (process.returncode, process.stdout, process.stderr) == (
        1,
        "",
        "--dask requires distributed, which is not installed: pip install -r "
        "requirements-dask.txt.\n",
    )
