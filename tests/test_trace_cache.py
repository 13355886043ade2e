"""Stage 1 with a cache: which traces are read again.

A file that changes while its size and modification time stay the same shows whether it is read.
"""

import os
import shutil
import sqlite3

import pytest
from stage_1_output import count_unchanged, parse_counts, run_ids
from trace_files import GOOD, changed, write_trace

STAGE = "generate_cleaned_dataset"


def overwrite_unnoticed(path):
    """Replace the content of a file by an invalid one; keep its size and modification time."""
    status = path.stat()
    path.write_bytes(b"x" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_second_run_reads_no_trace(project):
    project.add_sample()
    project.run_quietly(STAGE)
    dataset = (project.tables / "cleaned_all_metrics.csv").read_bytes()
    for path in project.traces.iterdir():
        overwrite_unnoticed(path)
    output = project.run_quietly(STAGE)
    assert parse_counts(output) == (163, 163, 0, 0, 0)
    assert count_unchanged(output) == 163
    assert (project.tables / "cleaned_all_metrics.csv").read_bytes() == dataset
    assert project.fail(STAGE, "--no-cache").startswith("No usable run in 163 files in ")


@pytest.fixture
def three_paths(project):
    """The paths of three traces that stage 1 has read."""
    paths = [project.traces / f"{name}.json" for name in "abc"]
    for path in paths:
        write_trace(project.traces, path.name, changed(config__run_id=path.stem))
    project.run_quietly(STAGE)
    return paths


def test_only_new_and_changed_traces_are_read(project, three_paths):
    a, b, c = three_paths
    overwrite_unnoticed(a)
    write_trace(project.traces, b.name, changed(config__run_id="longer"))
    status = c.stat()
    write_trace(project.traces, c.name, changed(config__run_id="C"))
    os.utime(c, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    write_trace(project.traces, "d.json", changed(config__run_id="d"))
    output = project.run_quietly(STAGE)
    assert count_unchanged(output) == 1
    assert parse_counts(output) == (4, 4, 0, 0, 0)
    assert run_ids(project) == ["a", "longer", "C", "d"]


def test_removed_trace_is_removed_from_dataset_and_cache(project, three_paths):
    three_paths[0].unlink()
    output = project.run_quietly(STAGE)
    assert count_unchanged(output) == 2
    assert parse_counts(output) == (2, 2, 0, 0, 0)
    assert run_ids(project) == ["b", "c"]
    connection = sqlite3.connect(project.tables / "trace_cache.sqlite")
    keys = connection.execute("SELECT path FROM runs").fetchall()
    connection.close()
    assert keys == [("sample_traces/b.json",), ("sample_traces/c.json",)]


def test_edit_of_config_takes_effect_without_reading(project, three_paths):
    for path in three_paths:
        overwrite_unnoticed(path)
    project.configure(MODEL_NAME_MAP={"gpt-x-20260102": "GPT-X"})
    assert count_unchanged(project.run_quietly(STAGE)) == 3
    assert set(project.table("cleaned_all_metrics.csv").model_name_short) == {"GPT-X low"}


@pytest.mark.usefixtures("three_paths")
def test_cache_holds_the_traces_of_several_folders(project):
    other = shutil.copytree(project.traces, project.folder.parent / "other")
    assert count_unchanged(project.run_quietly(STAGE, "--data-dir", other)) == 0
    for folder in (project.traces, other):
        assert count_unchanged(project.run_quietly(STAGE, "--data-dir", folder)) == 3


@pytest.mark.parametrize("content", [b"x" * 5000, b"[" * 100_000, b"SQLite format 3\0"])
def test_damaged_cache_is_replaced_with_a_warning(project, content):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.run_quietly(STAGE)
    (project.tables / "trace_cache.sqlite").write_bytes(content)
    output = project.run(STAGE)
    warning = project.stderr.getvalue()
    assert warning.startswith("data/trace_cache.sqlite is damaged (")
    assert warning.endswith("), so all traces are read again.\n")
    assert count_unchanged(output) == 0
    assert project.table("cleaned_all_metrics.csv").accuracy.tolist() == [0.25]
    assert count_unchanged(project.run_quietly(STAGE)) == 1


def test_killed_run_keeps_what_it_has_read(project, three_paths):
    """The database of a killed run has what was saved; the rest is read again."""
    connection = sqlite3.connect(project.tables / "trace_cache.sqlite")
    with connection:
        connection.execute("DELETE FROM runs WHERE path LIKE '%b.json'")
    connection.close()
    for path in (three_paths[0], three_paths[2]):
        overwrite_unnoticed(path)
    assert count_unchanged(project.run_quietly(STAGE)) == 2
    assert run_ids(project) == ["a", "b", "c"]


def test_cache_is_not_a_trace(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.run_quietly(STAGE, "--data-dir", project.folder)
    output = project.run_quietly(STAGE, "--data-dir", project.folder)
    assert parse_counts(output) == (1, 1, 0, 0, 0)
    assert count_unchanged(output) == 1
