"""Stage 1 as users run it: what it finds, reads, keeps in the cache and writes."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import distributed
import pytest
from trace_files import GOOD, changed, write_encrypted, write_trace

STAGE = "generate_cleaned_dataset.py"
OUTPUTS = ["cleaned_all_metrics.csv", "skipped_traces.csv", "trace_cache.json"]


def counted(output):
    """Files, and what they came to: runs, excluded, skipped, second copies."""
    line = re.search(
        r"(\d+) files = (\d+) runs \+ (\d+) excluded by config.py \+ (\d+) skipped \+ "
        r"(\d+) second copies",
        output,
    )
    return tuple(map(int, line.groups()))


def test_stage_writes_dataset_and_skipped_traces(project):
    write_trace(project.traces, "b_UPLOAD.json", changed(config__run_id="second"))
    write_trace(project.traces, "a_UPLOAD.json", changed(config__run_id="first"))
    write_trace(project.traces, "c_UPLOAD.json", changed(results__accuracy=...))
    excluded = {"model_name": "openai/gpt-4o-2024-11-20"}
    write_trace(project.traces, "d_UPLOAD.json", changed(config__agent_args=excluded))
    (project.traces / "notes.txt").write_text("no trace")

    output = project.run_well("generate_cleaned_dataset.py")

    assert output == (
        "traces in sample_traces (0 unchanged): 4 files = 2 runs + 1 excluded by config.py + "
        "1 skipped + 0 second copies → data/cleaned_all_metrics.csv (rows: 2), "
        "data/skipped_traces.csv (rows: 1)\n"
    )
    assert (project.tables / "skipped_traces.csv").read_text() == (
        "file,reason\n"
        'c_UPLOAD.json,"no accuracy: results has none of '
        'average_correctness, success_rate, average_score, accuracy"\n'
    )
    dataset = project.table("cleaned_all_metrics.csv")
    assert dataset.columns.tolist() == [
        "agent_name",
        "benchmark_name",
        "date",
        "run_id",
        "agent_args",
        "run_command",
        "agent_name_short",
        "model_name_short",
        "accuracy",
        "total_cost",
        "latencies_per_task",
        "mean_latency",
    ]
    assert dataset.iloc[0].to_dict() == {
        "agent_name": "Some Scaffold (openai/gpt-x-20260102)",
        "benchmark_name": "gaia",
        "date": "2026-01-03",
        "run_id": "first",
        "agent_args": '{"model_name": "openai/gpt-x-20260102", "reasoning_effort": "low"}',
        "run_command": "hal-eval --benchmark gaia",
        "agent_name_short": "Some Scaffold",
        "model_name_short": "gpt-x-2026-01-02 low",
        "accuracy": 0.25,
        "total_cost": 1.5,
        "latencies_per_task": "[2.0, 5.0, 0.0]",
        "mean_latency": pytest.approx(7 / 3),
    }
    assert dataset.run_id.tolist() == ["first", "second"]


def test_a_run_without_latencies_has_an_empty_mean(project):
    write_trace(project.traces, "a_UPLOAD.json", changed(results__latencies=...))
    project.run_well("generate_cleaned_dataset.py")
    row = project.table("cleaned_all_metrics.csv").iloc[0]
    assert row.latencies_per_task == "[]"
    assert row.isna().mean_latency


def test_a_new_spelling_in_config_shows_at_once(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.configure(
        "AGENT_NAME_SHORT_MAP['Some Scaffold'] = 'Renamed'\n"
        "MODEL_NAME_MAP['gpt-x-20260102'] = 'GPT-X'\n"
    )
    project.run_well("generate_cleaned_dataset.py")
    row = project.table("cleaned_all_metrics.csv").iloc[0]
    assert (row.agent_name_short, row.model_name_short) == ("Renamed", "GPT-X low")


def test_no_usable_trace_is_an_error(project):
    (project.traces / "a_UPLOAD.json").write_text("<html>")
    (project.traces / "b_UPLOAD.json").write_text("[]")
    message = project.fail("generate_cleaned_dataset.py")
    assert message.startswith(
        f"No trace in {project.traces} (2) is usable, a_UPLOAD.json because: "
    )
    assert message.endswith("; data/skipped_traces.csv (rows: 2) has all reasons.")


def test_all_runs_excluded_is_an_error(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.configure("EXCLUDED_MODELS = ['gpt-x*']\n")
    assert project.fail("generate_cleaned_dataset.py") == (
        f"Every usable run in {project.traces} (1) is left out by EXCLUDED_MODELS or "
        "EXCLUDED_AGENTS in config.py: shorten these lists."
    )


def test_folder_without_traces_is_an_error(project):
    message = project.fail("generate_cleaned_dataset.py")
    assert message.startswith(
        f"{project.traces} holds no *.json and no *.zip: set DATA_DIR in config.py"
    )


def test_folder_that_is_not_there_is_an_error(project):
    project.traces.rmdir()
    message = project.fail("run_pipeline.py")
    assert message.startswith(
        f"[1/6] generate_cleaned_dataset.py failed: {project.traces} cannot be read "
        "(No such file or directory): set DATA_DIR in config.py, or --data-dir, to the folder"
    )


def test_a_run_without_id_is_known_by_its_file(project):
    write_trace(project.traces, "a_UPLOAD.json", changed(config__run_id=...))
    project.run_well("generate_cleaned_dataset.py")
    assert project.table("cleaned_all_metrics.csv").run_id.tolist() == ["a_UPLOAD"]


def test_a_home_folder_in_config(project, monkeypatch):
    monkeypatch.setenv("HOME", str(project.folder))
    project.traces.rename(project.folder / "mine")
    write_trace(project.folder / "mine", "a_UPLOAD.json", GOOD)
    project.configure("DATA_DIR = '~/mine'\n")
    assert project.run_well("generate_cleaned_dataset.py").startswith(
        "traces in mine (0 unchanged): 1 files = 1 runs +"
    )


# Where traces are looked for.


def run_ids(project):
    return project.table("cleaned_all_metrics.csv").run_id.tolist()


def test_plain_and_encrypted_traces_in_subfolders_in_the_order_of_their_paths(project):
    for folder in ("b", "a", "a/deep", ".hidden"):
        (project.traces / folder).mkdir(parents=True, exist_ok=True)
    for name in ("z_UPLOAD.json", "b/y.json", "a/x.JSON", "a/deep/w.json", "._v.json"):
        write_trace(project.traces, name, changed(config__run_id=name))
    write_trace(project.traces, ".hidden/u.json", GOOD)
    for name in ("m_UPLOAD.zip", "b/n_UPLOAD.zip"):
        write_encrypted(project.traces, name, changed(config__run_id=name))
    output = project.run_well(STAGE, "--jobs", "3")
    assert run_ids(project) == [
        "a/deep/w.json",
        "a/x.JSON",
        "b/n_UPLOAD.zip",
        "b/y.json",
        "m_UPLOAD.zip",
        "z_UPLOAD.json",
    ]
    assert counted(output) == (6, 6, 0, 0, 0)


def test_a_run_that_is_there_plain_and_as_zip_is_read_once(project):
    write_trace(project.traces, "a_UPLOAD.json", changed(config__run_id="plain a"))
    (project.traces / "a_UPLOAD.zip").write_text("never looked at")
    write_trace(project.traces, "b.json", changed(config__run_id="plain b"))
    (project.traces / "b.zip").write_text("never looked at")
    output = project.run_well(STAGE)
    assert run_ids(project) == ["plain a", "plain b"]
    assert counted(output) == (4, 2, 0, 0, 2)


def test_files_of_one_name_in_different_folders_are_different_runs(project):
    for folder in ("x", "y", "z"):
        (project.traces / folder).mkdir()
    write_trace(project.traces, "x/r_UPLOAD.json", changed(config__run_id="x"))
    write_encrypted(project.traces, "y/r_UPLOAD.zip", changed(config__run_id="y"))
    (project.traces / "z" / "r_UPLOAD.json").write_text("{")
    write_encrypted(project.traces, "z/r_UPLOAD.zip", changed(config__run_id="z"))
    output = project.run_well(STAGE)
    assert run_ids(project) == ["x", "y", "z"]
    assert counted(output) == (4, 3, 0, 1, 0)


def test_a_damaged_plain_file_does_not_cost_the_run(project):
    (project.traces / "a_UPLOAD.json").write_text('{"config": ')
    write_encrypted(project.traces, "a_UPLOAD.zip", changed(config__run_id="from the zip"))
    for _ in range(2):
        output = project.run_well(STAGE)
        assert run_ids(project) == ["from the zip"]
        assert counted(output) == (2, 1, 0, 1, 0)
        skipped = project.table("skipped_traces.csv")
        assert skipped.file.tolist() == ["a_UPLOAD.json"]
        assert skipped.reason[0].startswith("truncated: ")


def test_a_subfolder_named_like_a_trace_and_a_link_that_leads_back(project):
    write_trace(project.traces, "a.json", changed(config__run_id="a"))
    (project.traces / "folder.json").mkdir()
    (project.traces / "linked").symlink_to(project.traces, target_is_directory=True)
    project.run_well(STAGE)
    assert run_ids(project) == ["a"]
    assert (project.tables / "skipped_traces.csv").read_text() == (
        'file,reason\nfolder.json,"a folder, expected a file"\n'
    )


def test_a_pipe_named_like_a_trace_is_not_waited_for(project):
    write_trace(project.traces, "a.json", changed(config__run_id="a"))
    os.mkfifo(project.traces / "pipe.json")
    (project.traces / "zero.zip").symlink_to("/dev/zero")
    project.run_well(STAGE)
    reason = "a pipe, a device or the like, expected a file"
    assert (project.tables / "skipped_traces.csv").read_text() == (
        f'file,reason\npipe.json,"{reason}"\nzero.zip,"{reason}"\n'
    )


def test_names_of_files_that_are_no_utf_8(project):
    write_trace(project.traces, "good\udcff.json", changed(config__run_id=""))
    (project.traces / "bad\udcff.json").write_text("<html>")
    project.run_well(STAGE)
    assert run_ids(project) == [r"good\xff"]
    assert project.table("skipped_traces.csv").file.tolist() == [r"bad\xff.json"]


def test_a_linked_folder_is_entered(project):
    elsewhere = project.folder.parent / "elsewhere"
    elsewhere.mkdir()
    write_trace(elsewhere, "a.json", changed(config__run_id="a"))
    (project.traces / "linked").symlink_to(elsewhere, target_is_directory=True)
    project.run_well(STAGE)
    assert run_ids(project) == ["a"]


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["--jobs", "x"], ["--jobs=1", "--dask=a"]])
def test_wrong_arguments(project, arguments):
    process = project.run(STAGE, *arguments)
    assert process.returncode == 2
    assert "Traceback" not in process.stderr


# The cache. A file whose content changes while size and time stay as they were shows whether it
# was read.


def spoil(path):
    state = path.stat()
    path.write_bytes(b"x" * state.st_size)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_the_second_run_reads_nothing(project):
    project.add_sample()
    project.run_well(STAGE)
    dataset = (project.tables / "cleaned_all_metrics.csv").read_bytes()
    for path in project.traces.iterdir():
        spoil(path)
    assert "traces in sample_traces (163 unchanged): 163 files" in project.run_well(STAGE)
    assert (project.tables / "cleaned_all_metrics.csv").read_bytes() == dataset
    assert "No trace in" in project.fail(STAGE, "--no-cache")


def three_traces(project):
    paths = [project.traces / f"{name}.json" for name in "abc"]
    for path in paths:
        write_trace(project.traces, path.name, changed(config__run_id=path.stem))
    project.run_well(STAGE)
    return paths


def test_only_changed_and_new_traces_are_read(project):
    a, b, c = three_traces(project)
    spoil(a)
    write_trace(project.traces, b.name, changed(config__run_id="longer"))
    state = c.stat()
    write_trace(project.traces, c.name, changed(config__run_id="C"))
    os.utime(c, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    write_trace(project.traces, "d.json", changed(config__run_id="d"))
    assert "sample_traces (1 unchanged): 4 files" in project.run_well(STAGE)
    assert run_ids(project) == ["a", "longer", "C", "d"]


def test_a_trace_that_is_gone_leaves_dataset_and_cache(project):
    a, _, _ = three_traces(project)
    a.unlink()
    assert "sample_traces (2 unchanged): 2 files" in project.run_well(STAGE)
    assert run_ids(project) == ["b", "c"]
    cache = json.loads((project.tables / "trace_cache.json").read_bytes())
    assert list(cache["traces"]) == ["sample_traces/b.json", "sample_traces/c.json"]


def test_an_edit_in_config_shows_without_reading(project):
    for path in three_traces(project):
        spoil(path)
    project.configure("MODEL_NAME_MAP['gpt-x-20260102'] = 'GPT-X'\n")
    assert "sample_traces (3 unchanged): 3 files" in project.run_well(STAGE)
    assert set(project.table("cleaned_all_metrics.csv").model_name_short) == {"GPT-X low"}


def test_the_cache_serves_two_folders_in_turns(project):
    three_traces(project)
    shutil.copytree(project.traces, project.folder.parent / "other")
    for arguments in ([], ["--data-dir", "other"]):
        project.run_well(STAGE, *arguments)
    assert "(3 unchanged)" in project.run_well(STAGE)
    assert "(3 unchanged)" in project.run_well(STAGE, "--data-dir", "other")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: '{"digest": "", "traces": 3}',
        lambda text: text.replace('"accuracy": 0.25', '"accuracy": 0.75'),
        lambda text: text.replace("UPLOAD", "\udcff"),
    ],
)
def test_a_damaged_cache_is_ignored_with_a_line(project, damage):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.run_well(STAGE)
    cache = project.tables / "trace_cache.json"
    good = cache.read_text()
    damaged = damage(good)
    assert damaged != good
    cache.write_bytes(damaged.encode("utf-8", "surrogateescape"))
    process = project.run(STAGE)
    assert process.returncode == 0
    assert process.stderr == (
        "data/trace_cache.json is damaged or of another version: every trace is read anew.\n"
    )
    assert "sample_traces (0 unchanged): 1 files" in process.stdout
    assert project.table("cleaned_all_metrics.csv").accuracy.tolist() == [0.25]
    assert cache.read_text() == good


def test_the_cache_of_another_version_is_ignored(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.run_well(STAGE)
    with (project.folder / "traces.py").open("a") as reader:
        reader.write("# another version\n")
    process = project.run(STAGE)
    assert "(0 unchanged)" in process.stdout
    assert "of another version" in process.stderr


def test_the_cache_is_no_trace(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    for _ in range(2):
        output = project.run_well(STAGE, "--data-dir", str(project.folder))
    assert output.startswith("traces in . (1 unchanged): 1 files")


# Many machines.


@pytest.fixture
def dask_address(tmp_path):
    """A scheduler and two workers, started as the README says, outside of any project."""
    dask = Path(sys.executable).with_name("dask")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    commands = [
        ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        ["worker", address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"],
    ]
    processes = [
        subprocess.Popen([dask, *command], cwd=tmp_path, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    yield address
    for process in reversed(processes):
        process.terminate()
        process.wait()


def test_reading_on_a_dask_cluster_of_two_workers(project, dask_address):
    project.add_sample()
    write_encrypted(project.traces, "zip_UPLOAD.zip", changed(config__run_id="encrypted"))
    (project.traces / "bad_UPLOAD.json").write_text("[]")
    project.run_well(STAGE)
    expected = [(project.tables / name).read_bytes() for name in OUTPUTS]
    with distributed.Client(dask_address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
    output = project.run_well(
        "run_pipeline.py", "--only", STAGE, "--no-cache", "--dask", dask_address
    )
    assert counted(output) == (165, 164, 0, 1, 0)
    assert [(project.tables / name).read_bytes() for name in OUTPUTS] == expected
    with distributed.Client(dask_address, timeout=60) as client:
        have_reader = client.run(lambda: "traces" in sys.modules)
    assert list(have_reader.values()) == [True, True]


def test_no_dask_scheduler(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    assert project.fail(STAGE, "--dask", "nowhere").startswith(
        "--dask nowhere: no Dask scheduler answers there ("
    )


def test_what_listens_is_no_dask_scheduler(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        assert project.fail(STAGE, "--dask", address).startswith(
            f"--dask {address}: no Dask scheduler answers there ("
        )
