"""Search for trace files."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hal_analysis.loaders.cache import CACHE_NAME
from hal_analysis.loaders.traces import ReadResult

TRACE_SUFFIXES = (".json", ".zip")
HINT = "set DATA_DIR in config.py, or pass --data-dir DIR, to select the folder of traces"


def find_traces(folder: Path) -> list[list[Path]]:
    """Find the trace groups in a folder and its subfolders; ignore hidden files and folders.

    Parameters
    ----------
    folder : Path
        An absolute path. Symbolic links to folders are followed.

    Returns
    -------
    list of list of Path
        One trace group per run, sorted by path. A group has two files if a folder contains the
        run under one name both as plain JSON, which comes first, and as a zip file.

    Raises
    ------
    SystemExit
        With one sentence, if the folder cannot be read or contains no traces.
    """
    paths_by_stem: dict[Path, list[Path]] = {}
    for path in sorted(_list_files(folder)):
        paths_by_stem.setdefault(path.with_suffix(""), []).append(path)
    groups = []
    for paths in paths_by_stem.values():
        zips = [path for path in paths if path.suffix.lower() == ".zip"]
        plain = [path for path in paths if path not in zips]
        groups += [plain + zips] if len(plain) == len(zips) == 1 else [[path] for path in paths]
    return sorted(groups)


def count_second_copies(
    trace_groups: Sequence[Sequence[Path]], results: Sequence[ReadResult]
) -> int:
    """Count the files that need not be read because another file of their group is usable."""
    return sum(
        len(paths) - paths.index(result.path) - 1
        for paths, result in zip(trace_groups, results, strict=True)
        if result.path
    )


def printable_name(path: Path, folder: Path) -> str:
    """Return the path of a file relative to a folder as one line of text.

    Characters that cannot be printed are replaced by escape sequences.
    """
    text = os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _list_files(folder: Path) -> list[Path]:
    """List the files and folders named like traces, and the folders that cannot be read."""
    paths: list[Path] = []
    errors: list[OSError] = []
    visited = set()
    for parent, folders, files in os.walk(folder, onerror=errors.append, followlinks=True):
        real_path = os.path.realpath(parent)
        if real_path in visited:
            folders.clear()
            continue
        visited.add(real_path)
        visible = sorted(name for name in folders + files if not name.startswith("."))
        traces = [name for name in visible if name.lower().endswith(TRACE_SUFFIXES)]
        paths += [Path(parent, name) for name in traces if name != CACHE_NAME]
        folders[:] = [name for name in visible if name in folders and name not in traces]
    for error in errors:
        if error.filename == str(folder):
            sys.exit(f"{folder} cannot be read ({error.strerror}): {HINT}.")
        paths.append(Path(error.filename))
    if not paths:
        sys.exit(f"{folder} contains no *.json or *.zip files: {HINT}.")
    return paths
