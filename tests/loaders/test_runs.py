"""Parallel reading of runs, with and without the cache."""

from contextlib import closing

import pytest
from process_tools import wait_until
from trace_files import changed, write_trace

import config
from hal_analysis.loaders import runs
from hal_analysis.loaders.cache import file_stamp, open_cache
from hal_analysis.loaders.discovery import find_traces
from hal_analysis.loaders.traces import read_run


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
