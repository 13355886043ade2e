"""Search for trace files in folders."""

import sys
from pathlib import Path

import pytest

from hal_analysis.loaders.discovery import find_second_copies, find_traces, printable_name
from hal_analysis.loaders.traces import ReadResult


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def find_names(folder):
    return [[str(path.relative_to(folder)) for path in paths] for paths in find_traces(folder)]


def test_traces_in_subfolders_are_sorted_by_path(tmp_path):
    touch(tmp_path, "z.json", "b/y.JSON", "b/n.zip", "a/deep/w.json", "m.ZIP", "notes.txt")
    assert find_names(tmp_path) == [
        ["a/deep/w.json"],
        ["b/n.zip"],
        ["b/y.JSON"],
        ["m.ZIP"],
        ["z.json"],
    ]


def test_hidden_files_are_ignored(tmp_path):
    touch(tmp_path, "a.json", ".b.json", ".hidden/c.json")
    assert find_names(tmp_path) == [["a.json"]]


@pytest.mark.parametrize("name", ["trace_cache.json", "trace_cache.sqlite.json"])
def test_trace_named_like_a_cache_is_a_trace(tmp_path, name):
    touch(tmp_path, name, f"data/{name}")
    assert find_names(tmp_path) == [[f"data/{name}"], [name]]


def test_deeply_nested_folders_are_searched(tmp_path):
    n_folders = sys.getrecursionlimit() + 100
    folders = [tmp_path / "/".join("d" * depth) for depth in range(1, n_folders + 1)]
    for folder in folders:
        folder.mkdir()
    file = folders[-1] / "a.json"
    file.touch()
    try:
        assert find_names(tmp_path) == [["d/" * n_folders + "a.json"]]
    finally:  # pytest cannot remove folders as deep as these
        file.unlink()
        for folder in reversed(folders):
            folder.rmdir()


def test_link_to_itself_is_ignored_unless_it_is_named_like_a_trace(tmp_path):
    touch(tmp_path, "a.json")
    for name in ("loop", "loop.json"):
        (tmp_path / name).symlink_to(tmp_path / name)
    assert find_names(tmp_path) == [["a.json"], ["loop.json"]]


def test_plain_file_precedes_its_encrypted_copy(tmp_path):
    touch(tmp_path, "a.zip", "a.json", "x/b.json", "y/b.zip", "c.json", "c.JSON", "c.zip")
    assert find_names(tmp_path) == [
        ["a.json", "a.zip"],
        ["c.JSON"],
        ["c.json"],
        ["c.zip"],
        ["x/b.json"],
        ["y/b.zip"],
    ]


def test_folder_named_like_a_trace_is_listed_but_not_entered(tmp_path):
    touch(tmp_path, "a.json", "folder.json/b.json")
    assert find_names(tmp_path) == [["a.json"], ["folder.json"]]


def test_linked_folders_are_entered_once(tmp_path):
    touch(tmp_path, "traces/a.json", "elsewhere/b.json")
    (tmp_path / "traces" / "back").symlink_to(tmp_path / "traces", target_is_directory=True)
    (tmp_path / "traces" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert find_names(tmp_path / "traces") == [["a.json"], ["linked/b.json"]]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "contains no *.json or *.zip files"),
        ("missing", "cannot be read (No such file or directory)"),
    ],
)
def test_folder_without_traces_is_an_error_with_both_remedies(tmp_path, name, problem):
    with pytest.raises(SystemExit) as error:
        find_traces(tmp_path / name)
    assert str(error.value) == (
        f"{tmp_path / name} {problem}: set DATA_DIR in config.py, or pass --data-dir DIR, to "
        "select the folder of traces."
    )


def test_second_copies_are_files_after_the_usable_one():
    a, b = Path("a.json"), Path("a.zip")
    groups = [[a, b], [a, b], [a, b], [a]]
    results = [ReadResult(path, None, []) for path in (a, b, None, a)]
    assert find_second_copies(groups, results) == [(b, a)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x/a b.json", "x/a b.json"),
        ("ünï.json", "ünï.json"),
        ("bad\r,\n.json", r"bad\r,\n.json"),
        ("bad\udcff.json", r"bad\xff.json"),
    ],
)
def test_printable_name_is_one_line_of_text(name, expected):
    assert printable_name(Path("/traces", name), Path("/traces")) == expected
