"""Parallel reading of runs, with and without the cache."""

import io
import json
import re
import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from process_tools import DEADLINE, wait_until
from trace_files import GOOD, changed, encrypt, write_trace, write_zip
from trace_server import serve

import config
from hal_analysis.loaders import encrypted, runs
from hal_analysis.loaders.cache import file_stamp, open_cache
from hal_analysis.loaders.discovery import find_remote_traces, find_traces
from hal_analysis.loaders.remote import RemoteFile, RemoteFolder
from hal_analysis.loaders.traces import ReadResult, read_run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "TABLES_DIR", tmp_path / "data")
    path = tmp_path / "traces"
    path.mkdir()
    for name in "cab":
        write_trace(path, f"{name}.json", changed(config__run_id=name))
    (path / "bad.json").write_text("[]")
    return path


def cached_files(folder):
    """Return the files whose runs are in the cache."""
    with closing(open_cache()) as cache:
        return sorted(cache.find_unchanged({path: file_stamp(path) for path in folder.iterdir()}))


def run_ids(results):
    return [result.run and result.run.run_id for result in results]


@pytest.mark.parametrize("jobs", [None, 1, 3])
def test_results_have_the_order_of_the_groups(folder, jobs):
    results, reading = runs.read_runs(find_traces(folder), folder, jobs)
    assert run_ids(results) == ["a", "b", None, "c"]
    assert reading.n_unchanged == 0
    assert [reason for _, reason in results[2].failures] == [
        "not a JSON object: starts with '[]', expected {"
    ]


def test_only_new_and_unusable_files_are_read_again(folder):
    runs.read_runs(find_traces(folder), folder)
    write_trace(folder, "d.json", changed(config__run_id="d"))
    results, reading = runs.read_runs(find_traces(folder), folder)
    assert (run_ids(results), reading.n_unchanged) == (["a", "b", None, "c", "d"], 3)
    assert runs.read_runs(find_traces(folder), folder, use_cache=False)[1].n_unchanged == 0


def test_ways_of_reading_encrypted_traces_are_counted(folder, monkeypatch):
    monkeypatch.setattr(encrypted, "KEY_ITERATIONS", 1)
    for name in ("x", "y"):
        text = json.dumps(changed(config__run_id=name))
        member = encrypt(text.encode(), iterations=1)
        write_zip(folder / f"{name}.zip", {f"{name}.json.encrypted": member})
    results, reading = runs.read_runs(find_traces(folder), folder)
    assert run_ids(results) == ["a", "b", None, "c", "x", "y"]
    assert reading == runs.Reading(n_by_way=Counter({"whole because they are short": 2}))


def test_file_that_changes_after_it_was_read_is_read_again(folder, monkeypatch):
    def read_and_change(paths, verify):
        result = read_run(paths, verify)
        if paths[0].name == "a.json":
            write_trace(folder, "a.json", changed(config__run_id="newer"))
        return result

    with monkeypatch.context() as patched:
        patched.setattr(runs, "read_run", read_and_change)
        assert run_ids(runs.read_runs(find_traces(folder), folder)[0]) == ["a", "b", None, "c"]
    results, reading = runs.read_runs(find_traces(folder), folder)
    assert (run_ids(results), reading.n_unchanged) == (["newer", "b", None, "c"], 2)


REMOTE_FOLDER = RemoteFolder("http://host/a", "http://host/a/")


@pytest.mark.parametrize(
    ("jobs", "n_jobs", "path"), [(None, 16, REMOTE_FOLDER), (20, 20, Path("a"))]
)
@pytest.mark.usefixtures("folder")
def test_as_many_files_are_read_at_the_same_time_as_jobs(monkeypatch, jobs, n_jobs, path):
    all_are_read = threading.Barrier(n_jobs, timeout=DEADLINE)

    def read(paths, verify):
        all_are_read.wait()
        return ReadResult(None, None, [(paths[0], "not a trace")])

    monkeypatch.setattr(runs, "read_run", read)
    names = [f"{i}.json" for i in range(n_jobs)]
    is_local = isinstance(path, Path)
    groups = [[path / name if is_local else RemoteFile(name, path, 9, "v")] for name in names]
    results, _ = runs.read_runs(groups, path, jobs)
    assert [result.failures[0][0].name for result in results] == names


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_shows_runs_and_bytes_and_leaves_no_line(folder, monkeypatch):
    for path in folder.iterdir():
        path.unlink()
    write_trace(folder, "a.json", GOOD | {"raw_logging_results": "x" * 60_000})
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "100")
    with serve(folder) as server:
        remote_folder, groups = find_remote_traces(server.url)
        server.delay = 0.11  # seconds; the bar is drawn every 0.1 s
        runs.read_runs(groups, remote_folder)
    *_, last, cleared, rest = terminal.getvalue().split("\r")
    assert last.startswith("traces: 100%|")
    assert re.search(r"\| 1/1 \[\d\d:\d\d<00:00, .*run.*, 0\.1 MB\]$", last)
    assert (cleared.strip(" "), rest) == ("", "")


def test_cache_is_saved_if_reading_fails(folder, monkeypatch):
    def read_first(paths, verify):
        if paths[0].name != "a.json":
            raise RuntimeError("the cluster fails")
        return read_run(paths, verify)

    monkeypatch.setattr(runs, "read_run", read_first)
    with pytest.raises(RuntimeError):
        runs.read_runs(find_traces(folder), folder, jobs=1)
    assert cached_files(folder) == [folder / "a.json"]


def test_cache_is_saved_while_reading(folder, monkeypatch):
    def read_last_when_others_are_saved(paths, verify):
        if paths[0].name == "c.json":
            wait_until(lambda: cached_files(folder) == [folder / "a.json", folder / "b.json"])
        return read_run(paths, verify)

    monkeypatch.setattr(runs, "SECONDS_BETWEEN_SAVES", 0)
    monkeypatch.setattr(runs, "read_run", read_last_when_others_are_saved)
    results, _ = runs.read_runs(find_traces(folder), folder, jobs=1)
    assert run_ids(results) == ["a", "b", None, "c"]


def test_run_is_saved_once(folder, monkeypatch):
    def read_last_when_others_are_removed(paths, verify):
        if paths[0].name == "c.json":
            wait_until(lambda: cached_files(folder) == [folder / "a.json", folder / "b.json"])
            with closing(open_cache()) as cache, cache.connection:
                cache.connection.execute("DELETE FROM runs")
        return read_run(paths, verify)

    monkeypatch.setattr(runs, "SECONDS_BETWEEN_SAVES", 0)
    monkeypatch.setattr(runs, "read_run", read_last_when_others_are_removed)
    runs.read_runs(find_traces(folder), folder, jobs=1)
    assert cached_files(folder) == [folder / "c.json"]


def test_cache_is_saved_once_per_interval(folder, monkeypatch):
    def read_when_none_is_saved(paths, verify):
        assert cached_files(folder) == []
        return read_run(paths, verify)

    monkeypatch.setattr(runs, "SECONDS_BETWEEN_SAVES", 3600)
    monkeypatch.setattr(runs, "read_run", read_when_none_is_saved)
    runs.read_runs(find_traces(folder), folder, jobs=1)
    assert [path.stem for path in cached_files(folder)] == ["a", "b", "c"]


def test_runs_are_submitted_as_others_complete(folder, monkeypatch):
    """Four runs are pending at a time: three that wait for the last one, and one of the others."""
    names = list("cdefghijkl")
    for name in names[1:]:
        write_trace(folder, f"{name}.json", changed(config__run_id=name))
    is_last = threading.Event()
    saved = {}

    def read(paths, verify):
        name = paths[0].stem
        if name in ("a", "b", "bad"):
            assert is_last.wait(DEADLINE)
        saved[name] = [path.stem for path in cached_files(folder)]
        if name == "l":
            is_last.set()
        return read_run(paths, verify)

    monkeypatch.setattr(runs, "MAX_PENDING", 4)
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_SAVES", 0)
    monkeypatch.setattr(runs, "read_run", read)
    results, _ = runs.read_runs(find_traces(folder), folder, jobs=13)
    assert run_ids(results) == ["a", "b", None, *names]
    assert [saved[name] for name in names] == [names[:i] for i in range(10)]
