"""The cache of runs: what is found, what is removed, and databases that cannot be used."""

import contextlib
import dataclasses
import json
import math
import os
import sqlite3
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process_tools import file_size_limit
from trace_files import GOOD

import config
from hal_analysis.loaders import cache
from hal_analysis.loaders.cache import CACHE_NAME, SCHEMA, TraceCache, file_stamp, open_cache
from hal_analysis.loaders.parsing import Run, mean_latency
from hal_analysis.loaders.remote import RemoteFile, RemoteFolder
from hal_analysis.loaders.traces import parse_run

RUN = parse_run(GOOD)
DAMAGED = "so all traces are read again.\n"
NOT_USED = "so no trace is cached: remove it unless another run uses it.\n"


@pytest.fixture
def cache_path(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "TABLES_DIR", tmp_path / "data")
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / CACHE_NAME


@pytest.fixture
def trace_path(tmp_path):
    path = tmp_path / "traces" / "a.json"
    path.parent.mkdir()
    path.write_text(json.dumps(GOOD))
    return path


def store(path, run=RUN):
    opened = open_cache()
    opened.store([(path, file_stamp(path), run)])
    opened.close()


def find(path, stamp=None):
    """Return the run of an unchanged file, or None."""
    opened = open_cache()
    runs = opened.find_unchanged({path: stamp or file_stamp(path)})
    opened.close()
    return runs.get(path)


def entries(path):
    """Return the rows of a database: path, stamp, run and digest."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT * FROM runs").fetchall()
    connection.close()
    return rows


def test_run_of_an_unchanged_file_is_found(cache_path, trace_path):
    assert find(trace_path) is None
    store(trace_path)
    assert find(trace_path) == RUN
    assert [path.name for path in cache_path.parent.iterdir()] == [CACHE_NAME]


@pytest.mark.usefixtures("cache_path")
def test_run_of_a_new_or_changed_file_is_not_found(trace_path):
    store(trace_path)
    size, time = map(int, file_stamp(trace_path).split())
    for change in (-1, 1):  # a file may also be replaced by an older one
        assert find(trace_path, f"{size + change} {time}") is None
        assert find(trace_path, f"{size} {time + change}") is None
    assert find(trace_path, f"{size} {time}") == RUN
    assert find(trace_path.with_name("b.json"), f"{size} {time}") is None


def test_file_without_a_stamp_is_not_cached(cache_path, tmp_path):
    missing = tmp_path / "missing.json"
    assert file_stamp(missing) is None
    store(missing)
    assert entries(cache_path) == []


@pytest.mark.usefixtures("cache_path")
def test_newer_run_replaces_an_older_one(trace_path):
    store(trace_path)
    newer = dataclasses.replace(RUN, accuracy=0.75)
    store(trace_path, newer)
    assert find(trace_path) == newer


def test_entries_of_files_that_are_gone_are_removed(cache_path, trace_path):
    other_folder = trace_path.parent.parent / "other"
    other_folder.mkdir()
    kept, gone = other_folder / "b.json", other_folder / "c.json"
    for path in (kept, gone):
        path.write_text("{}")
        store(path)
    store(trace_path)
    gone.unlink()
    assert find(trace_path) == RUN
    assert [path for path, *_ in entries(cache_path)] == sorted(map(str, (kept, trace_path)))


def test_entries_of_remote_files_are_removed_if_their_folder_has_them_no_more(cache_path):
    folder = RemoteFolder("http://host/a", "http://host/a/")
    other = RemoteFolder("http://host/ab", "http://host/ab/")
    files = [RemoteFile(name, folder, 9, "v") for name in ("x.json", "y.json")]
    files.append(RemoteFile("z.json", other, 9, "v"))
    opened = open_cache()
    opened.store([(file, file.stamp, RUN) for file in files])
    assert opened.find_unchanged({files[0]: files[0].stamp}) == {files[0]: RUN}
    assert opened.find_unchanged({files[0]: [9, "w"]}) == {}
    opened.close()
    assert [path for path, *_ in entries(cache_path)] == [
        "http://host/a/x.json",
        "http://host/ab/z.json",
    ]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCORES = st.lists(st.floats(0, 1))
RUNS_WITHOUT_IDS = st.builds(
    Run,
    **{field.name: TEXTS for field in dataclasses.fields(Run)}
    | {
        "effort": st.none() | TEXTS,
        "accuracy": st.floats(0, 1),
        "total_cost": st.none() | st.floats(0, 1e12),
        "latencies_per_task": st.just("[]"),
        "mean_latency": st.none(),
        "task_ids": st.just([]),
        "task_scores": SCORES,
        "prompt_tokens": st.none() | st.integers(0, 10**12),
        "completion_tokens": st.none() | st.integers(0, 10**12),
    },
)
RUNS = RUNS_WITHOUT_IDS | st.builds(
    lambda run, scores, latencies: dataclasses.replace(
        run,
        task_ids=list(scores),
        task_scores=list(scores.values()),
        latencies_per_task=json.dumps(latencies),
        mean_latency=mean_latency(latencies),
    ),
    RUNS_WITHOUT_IDS,
    st.dictionaries(TEXTS, st.floats(0, 1)),
    SCORES,
)


@given(run=RUNS, name=TEXTS)
def test_any_run_comes_out_as_it_was_stored(run, name):
    memory = TraceCache(sqlite3.connect(":memory:"))
    memory.connection.execute(SCHEMA)
    file = RemoteFile(name, RemoteFolder("http://host/a", "http://host/a/"), 9, "v")
    memory.store([(file, file.stamp, run)])
    assert memory.find_unchanged({file: file.stamp}) == {file: run}
    memory.close()


@pytest.mark.usefixtures("cache_path")
def test_name_that_is_not_utf_8(trace_path):
    path = trace_path.rename(trace_path.with_name(os.fsdecode(b"\xff.json")))
    store(path)
    assert find(path) == RUN


@pytest.mark.usefixtures("cache_path")
def test_entries_of_other_code_are_not_used(trace_path, monkeypatch):
    store(trace_path)
    files = cache.package_files()
    assert {"hal_analysis/names.py", "hal_analysis/loaders/traces.py"} < set(files)
    files["hal_analysis/names.py"] += b"# another version\n"
    monkeypatch.setattr(cache, "package_files", lambda: files)
    assert find(trace_path) is None
    store(trace_path)
    assert find(trace_path) == RUN


@pytest.mark.parametrize(
    "content", [b"x" * 5000, b"SQLite format 3\0" + b"\0" * 5000, b'{"digest": "", "traces": {}}']
)
def test_damaged_database_is_replaced_with_a_warning(cache_path, trace_path, capsys, content):
    cache_path.write_bytes(content)
    assert find(trace_path) is None
    message = capsys.readouterr().err
    assert message.startswith(f"{cache_path} is damaged (")
    assert message.endswith(DAMAGED)
    store(trace_path)
    assert find(trace_path) == RUN
    assert capsys.readouterr().err == ""


def test_empty_file_becomes_a_cache(cache_path, trace_path, capsys):
    cache_path.touch()
    store(trace_path)
    assert find(trace_path) == RUN
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other (x)",
        "CREATE TABLE runs (path)",
        "CREATE VIEW runs AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) "
        "SELECT i AS path, i AS stamp, i AS run, i AS digest FROM n",
    ],
)
def test_database_of_something_else_is_left_alone(cache_path, trace_path, capsys, statement):
    connection = sqlite3.connect(cache_path)
    connection.execute(statement)
    connection.close()
    store(trace_path)
    assert find(trace_path) is None
    assert capsys.readouterr().err.endswith(NOT_USED)
    connection = sqlite3.connect(cache_path)
    assert (statement,) in connection.execute("SELECT sql FROM sqlite_schema").fetchall()
    connection.close()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
@pytest.mark.parametrize("suffix", ["", "-journal"])
def test_pipe_or_folder_is_left_alone(cache_path, trace_path, capsys, make, suffix):
    path = cache_path.with_name(cache_path.name + suffix)
    make(path)
    store(trace_path)
    assert find(trace_path) is None
    sentence = f"{path} is not a file, so no trace is cached: remove it.\n"
    assert capsys.readouterr().err == 2 * sentence


def with_latencies(text, mean):
    return [
        *dataclasses.astuple(dataclasses.replace(RUN, latencies_per_task=text, mean_latency=mean))
    ]


@pytest.mark.parametrize(
    "values",
    [
        *([], ["too", "few"], None, {"accuracy": 1}, 7, "deep"),
        [*json.loads(json.dumps(dataclasses.astuple(RUN)))[:-1]],
        *([value] * len(dataclasses.fields(Run)) for value in (0, None, "x")),
        *(with_latencies(text, 1.0) for text in ('["x"]', "[-1, 3]", "[1, 2]", "1", "[1", "")),
        *(with_latencies(text, None) for text in ("[-Infinity, Infinity]", "[1, NaN]", "{}")),
        *(with_latencies(text, 1e12) for text in ("[0, 2e12]", "[1e12, true]")),
        [*dataclasses.astuple(dataclasses.replace(RUN, task_ids=[1], task_scores=[1]))],
        [*dataclasses.astuple(dataclasses.replace(RUN, accuracy=None))],
        [*dataclasses.astuple(dataclasses.replace(RUN, accuracy=1.5))],
        [*dataclasses.astuple(dataclasses.replace(RUN, accuracy=math.nan))],
        [*dataclasses.astuple(dataclasses.replace(RUN, total_cost=10**400))],
        [*dataclasses.astuple(dataclasses.replace(RUN, task_ids=["a", "b"], task_scores=[1.0]))],
        [*dataclasses.astuple(dataclasses.replace(RUN, task_ids=["a"], task_scores=[-1.0]))],
        [*dataclasses.astuple(dataclasses.replace(RUN, prompt_tokens=10**30))],
        [*dataclasses.astuple(dataclasses.replace(RUN, completion_tokens=-1))],
    ],
)
def test_forged_entry_that_is_not_a_run_is_not_used(cache_path, trace_path, values):
    store(trace_path)
    text = "[" * 100_000 if values == "deep" else json.dumps(values)
    opened = open_cache()
    key, stamp = str(trace_path), str(file_stamp(trace_path))
    row = (text, opened._digest(key, stamp, text), key)
    with opened.connection:
        opened.connection.execute("UPDATE runs SET run = ?, digest = ? WHERE path = ?", row)
    opened.close()
    assert find(trace_path) is None


@pytest.mark.parametrize(
    ("key", "is_kept"), [(b"\xff", False), ("a\0b", False), ("/" + "x" * 5000, True)]
)
def test_entry_whose_path_is_not_one_changes_nothing(cache_path, trace_path, capsys, key, is_kept):
    """It is removed, unless the system refuses to say whether the file exists."""
    store(trace_path)
    connection = sqlite3.connect(cache_path)
    with connection:
        connection.execute("INSERT INTO runs VALUES (?, '', '', '')", (key,))
    connection.close()
    assert find(trace_path) == RUN
    assert (key in [path for path, *_ in entries(cache_path)]) == is_kept
    assert len(entries(cache_path)) == 1 + is_kept
    assert capsys.readouterr().err == ""


def test_entry_without_its_digest_is_not_used(cache_path, trace_path):
    store(trace_path)
    for change in (
        "run = replace(run, '0.25', '0.75')",
        "stamp = 3",
        "digest = NULL",
        "run = x'ff'",
    ):
        connection = sqlite3.connect(cache_path)
        with connection:
            connection.execute(f"UPDATE runs SET {change}")
        connection.close()
        assert find(trace_path) is None
        store(trace_path)
        assert find(trace_path) == RUN


def test_message_of_sqlite_that_quotes_a_damaged_byte(cache_path, trace_path, capsys):
    store(trace_path)
    content = cache_path.read_bytes()
    cache_path.write_bytes(content.replace(b"CREATE TABLE", b"CREATE\xa0TABLE"))
    assert find(trace_path) is None
    assert capsys.readouterr().err == f"{cache_path} is damaged (its text is not UTF-8), {DAMAGED}"
    store(trace_path)
    assert find(trace_path) == RUN


@pytest.mark.parametrize(
    ("step", "mask"),
    [(41, 0x55), *(pytest.param(1, 1 << bit, marks=pytest.mark.slow) for bit in (0, 3, 7))],
)
def test_any_damaged_byte_gives_the_run_or_nothing(cache_path, trace_path, capsys, step, mask):
    store(trace_path)
    content = cache_path.read_bytes()
    found = set()
    for position in range(0, len(content), step):
        damaged = bytearray(content)
        damaged[position] ^= mask
        cache_path.write_bytes(damaged)
        run = find(trace_path)
        assert run in (RUN, None)
        found.add(run is None)
        cache_path.unlink(missing_ok=True)
        cache_path.with_name(f"{CACHE_NAME}-journal").unlink(missing_ok=True)
    assert found == {True, False}
    assert "Traceback" not in capsys.readouterr().err


def test_two_runs_write_at_the_same_time(cache_path, trace_path, capsys):
    paths = [trace_path.with_name(f"{i}.json") for i in range(200)]
    for path in paths:
        path.write_text("{}")
    start = threading.Barrier(2)

    def write(own_paths):
        start.wait()
        for path in own_paths:
            store(path)

    threads = [threading.Thread(target=write, args=(paths[i::2],)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entries(cache_path)) == 200
    assert capsys.readouterr().err == ""


def test_locked_database_is_not_used(cache_path, trace_path, capsys, monkeypatch):
    store(trace_path)
    monkeypatch.setattr(cache, "BUSY_TIMEOUT", 0.1)
    connection = sqlite3.connect(cache_path)
    connection.execute("BEGIN EXCLUSIVE")
    assert find(trace_path) is None
    assert capsys.readouterr().err.endswith(f"(database is locked), {NOT_USED}")
    connection.close()
    assert find(trace_path) == RUN


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "failing"])
def test_full_or_failing_disk_ends_caching_silently(cache_path, trace_path, capsys, is_full):
    """SQLite reports a limit of its pages as a full disk. Writing the dataset tells the user."""
    store(trace_path)
    opened = open_cache()
    if is_full:
        opened.connection.execute("PRAGMA max_page_count = 1")
    long_run = dataclasses.replace(RUN, agent_args="x" * 100_000)
    with contextlib.nullcontext() if is_full else file_size_limit(cache_path.stat().st_size):
        opened.store([(trace_path, file_stamp(trace_path), long_run)])
    opened.store([(trace_path, file_stamp(trace_path), RUN)])
    assert opened.find_unchanged({trace_path: file_stamp(trace_path)}) == {}
    opened.close()
    assert find(trace_path) == RUN
    assert capsys.readouterr().err == ""


def test_damaged_database_that_cannot_be_replaced(cache_path, trace_path, capsys):
    cache_path.write_bytes(b"x" * 5000)
    with file_size_limit(50):
        store(trace_path)
    assert capsys.readouterr().err == (
        f"{cache_path} is damaged (file is not a database), so all traces are read again.\n"
    )
    assert find(trace_path) is None


def test_folder_of_the_cache_is_created(trace_path, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(config, "TABLES_DIR", tmp_path / "new" / "data")
    store(trace_path)
    assert find(trace_path) == RUN
    monkeypatch.setattr(config, "TABLES_DIR", trace_path / "data")
    store(trace_path)
    assert find(trace_path) is None
    assert capsys.readouterr().err == ""
