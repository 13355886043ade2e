"""The cache of runs."""

import json

import pytest
from trace_files import GOOD

import config
from hal_analysis.loaders import cache
from hal_analysis.loaders.cache import file_stamp, load_cache, lookup, save_cache
from hal_analysis.loaders.traces import parse_run

RUN = parse_run(GOOD)


@pytest.fixture
def cache_path(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "TABLES_DIR", tmp_path / "data")
    return tmp_path / "data" / cache.CACHE_NAME


@pytest.fixture
def trace_path(tmp_path):
    path = tmp_path / "traces" / "a.json"
    path.parent.mkdir()
    path.write_text(json.dumps(GOOD))
    return path


def save(entries, path):
    save_cache(entries, path.parent, {path: (file_stamp(path), RUN)})


@pytest.mark.usefixtures("cache_path")
def test_run_of_an_unchanged_file_is_in_the_cache(trace_path):
    assert load_cache() == {}
    save({}, trace_path)
    assert lookup(load_cache(), trace_path, file_stamp(trace_path)) == RUN


@pytest.mark.usefixtures("cache_path")
def test_run_of_a_new_or_changed_file_is_not_in_the_cache(trace_path):
    save({}, trace_path)
    size, time = file_stamp(trace_path)
    assert lookup(load_cache(), trace_path, [size + 1, time]) is None
    assert lookup(load_cache(), trace_path, [size, time + 1]) is None
    assert lookup(load_cache(), trace_path, None) is None
    assert lookup(load_cache(), trace_path.with_name("b.json"), [size, time]) is None


def test_stamp_of_a_missing_file_is_none(tmp_path):
    assert file_stamp(tmp_path / "missing.json") is None


@pytest.mark.usefixtures("cache_path")
def test_entries_of_other_folders_are_kept_and_those_of_this_folder_replaced(trace_path):
    other = trace_path.parent.parent / "other" / "b.json"
    stamp = file_stamp(trace_path)
    save_cache({}, other.parent, {other: (stamp, RUN)})
    save(load_cache(), trace_path)
    assert lookup(load_cache(), other, stamp) == lookup(load_cache(), trace_path, stamp) == RUN
    save_cache(load_cache(), trace_path.parent, {})
    assert list(load_cache()) == [str(other)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: '{"digest": "", "traces": 3}',
        lambda text: text.replace('"accuracy": 0.25', '"accuracy": 0.75'),
        lambda text: text.replace("a.json", "\udcff"),
    ],
)
def test_damaged_cache_is_ignored_with_a_warning(cache_path, trace_path, capsys, damage):
    save({}, trace_path)
    content = cache_path.read_text()
    damaged = damage(content)
    assert damaged != content
    cache_path.write_bytes(damaged.encode("utf-8", "surrogateescape"))
    assert load_cache() == {}
    assert capsys.readouterr().err == (
        f"{cache_path} is damaged or from another version, so all traces are read again.\n"
    )


@pytest.mark.usefixtures("cache_path")
def test_cache_from_other_code_is_ignored_with_a_warning(trace_path, monkeypatch, capsys):
    save({}, trace_path)
    files = cache.package_files()
    assert {"hal_analysis/names.py", "hal_analysis/loaders/traces.py"} < set(files)
    files["hal_analysis/names.py"] += b"# another version\n"
    monkeypatch.setattr(cache, "package_files", lambda: files)
    assert load_cache() == {}
    assert "from another version" in capsys.readouterr().err
