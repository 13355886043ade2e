"""Search for trace files."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from hal_analysis.loaders.remote import RemoteFile, RemoteFolder, TraceFile, public_url
from hal_analysis.loaders.remote_clients import list_folder
from hal_analysis.loaders.traces import ReadResult
from hal_analysis.printing import printable

TRACE_SUFFIXES = (".json", ".zip")
HINT = "set DATA_DIR in config.py, or pass --data-dir DIR, to select the folder of traces"


def find_traces(folder: Path) -> list[list[TraceFile]]:
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
    return _group_by_run(_list_files(folder))


def find_remote_traces(url: str) -> tuple[RemoteFolder, list[list[TraceFile]]]:
    """Find the trace groups in a remote folder, as `find_traces` does in a local one.

    Raises
    ------
    SystemExit
        With one sentence, if the folder cannot be listed or contains no traces.
    """
    folder, listed = list_folder(url, TRACE_SUFFIXES)
    if not listed:
        sys.exit(f"{public_url(url)} contains no *.json or *.zip files: {HINT}.")
    return folder, _group_by_run(listed)


def _group_by_run(files: Iterable[TraceFile]) -> list[list[TraceFile]]:
    """Group files by run: a plain file and a zip file with the same path but for the suffix."""
    files_by_stem: dict[str, list[TraceFile]] = {}
    for file in sorted(files):
        files_by_stem.setdefault(str(file).removesuffix(file.suffix), []).append(file)
    groups = []
    for same in files_by_stem.values():
        zips = [file for file in same if file.suffix.lower() == ".zip"]
        plain = [file for file in same if file not in zips]
        groups += [plain + zips] if len(plain) == len(zips) == 1 else [[file] for file in same]
    return sorted(groups)


def find_second_copies(
    trace_groups: Sequence[Sequence[TraceFile]], results: Sequence[ReadResult]
) -> list[tuple[TraceFile, TraceFile]]:
    """Return the files that need not be read, each with the usable file of its group."""
    return [
        (path, result.path)
        for paths, result in zip(trace_groups, results, strict=True)
        if result.path
        for path in paths[paths.index(result.path) + 1 :]
    ]


def printable_name(path: TraceFile, folder: Path | RemoteFolder) -> str:
    """Return the path of a file relative to its folder as one line of text.

    Characters that cannot be printed are replaced by escape sequences.
    """
    if isinstance(path, RemoteFile):
        return printable(path.name)
    relative = str(path).removeprefix(f"{folder}{os.sep}")
    if relative.isprintable():
        return relative
    return printable(os.fsencode(relative).decode("utf-8", "backslashreplace"))


def _list_files(folder: Path) -> list[Path]:
    """List the files and folders named like traces, and the folders that cannot be read."""
    paths: list[Path] = []
    visited = set()
    folders = [str(folder)]  # os.walk is recursive, and deep folders exceed the recursion limit
    while folders:
        parent = folders.pop()
        try:
            status = Path(parent).stat()
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(parent) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            if parent == str(folder):
                sys.exit(f"{folder} cannot be read ({error.strerror}): {HINT}.")
            paths.append(Path(parent))
            continue
        subfolders = []
        for entry in entries:
            if not entry.name.startswith("."):
                if entry.name.lower().endswith(TRACE_SUFFIXES):
                    paths.append(Path(entry.path))
                elif _is_folder(entry):
                    subfolders.append(entry.path)
        folders += reversed(subfolders)
    if not paths:
        sys.exit(f"{folder} contains no *.json or *.zip files: {HINT}.")
    return paths


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself
        return False
