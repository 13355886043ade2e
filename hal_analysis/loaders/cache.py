"""A cache of the runs that stage 1 has read, stored beside the dataset.

A local file is unchanged if its path, size and modification time are; a remote file, if its URL,
size and version are, such as an ETag. The cache stores runs with names as
the traces have them, so edits of config.py take effect without reading a trace again.
"""

import hashlib
import json
from dataclasses import fields
from operator import attrgetter
from pathlib import Path

from hal_analysis import paths
from hal_analysis.loaders.package import package_files
from hal_analysis.loaders.parsing import Run
from hal_analysis.loaders.remote import RemoteFile, RemoteFolder, TraceFile
from hal_analysis.paths import display_path, table_path, write_file
from hal_analysis.printing import warn

CACHE_NAME = "trace_cache.json"
RUN_FIELDS = [field.name for field in fields(Run)]
run_values = attrgetter(*RUN_FIELDS)

Stamp = list[int | str] | None


def load_cache() -> dict[str, dict]:
    """Read the cache.

    The file contains a digest of its entries and of the code of this package. If the digest does
    not match, the file is damaged or edited, or the code has changed. A warning is then printed.

    Returns
    -------
    dict
        For each trace, by its URL or its path (relative to the project's folder if it is inside),
        a dict with its `stamp` and `run`. Empty if there is no valid file.
    """
    path = table_path(CACHE_NAME)
    try:
        cache = json.loads(path.read_bytes())
        if cache["digest"] == _digest(json.dumps(cache["traces"], sort_keys=True)):
            return cache["traces"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        pass
    warn(f"{display_path(path)} is damaged or from another version, so all traces are read again.")
    return {}


def lookup(cache: dict[str, dict], path: TraceFile, stamp: Stamp) -> Run | None:
    """Return the cached run of a file, or None if the file is new or has changed."""
    entry = cache.get(_key(path)) if stamp else None
    return Run(**entry["run"]) if entry and entry["stamp"] == stamp else None


def save_cache(
    cache: dict[str, dict],
    folder: Path | RemoteFolder,
    read: dict[TraceFile, tuple[Stamp, Run]],
) -> None:
    """Write the cache: the known entries of other folders and the traces of this folder.

    Parameters
    ----------
    cache : dict
        The cache as returned by `load_cache`.
    folder : Path or RemoteFolder
        The folder whose traces were read.
    read : dict of Path or RemoteFile to (stamp, run)
        All usable traces of the folder. Stamps must be taken before the files are read.
    """
    entries = {name: entry for name, entry in cache.items() if not _is_in(name, folder)}
    for path, (stamp, run) in read.items():
        values = dict(zip(RUN_FIELDS, run_values(run), strict=True))
        entries[_key(path)] = {"stamp": stamp, "run": values}
    content = json.dumps(entries, sort_keys=True)
    document = f'{{"digest": "{_digest(content)}", "traces": {content}}}\n'
    write_file(table_path(CACHE_NAME), document.encode())


def file_stamp(path: Path) -> Stamp:
    """Return size in bytes and modification time in ns of a file, or None if it is not readable."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _key(path: TraceFile) -> str:
    return str(path if isinstance(path, RemoteFile) else display_path(path))


def _is_in(name: str, folder: Path | RemoteFolder) -> bool:
    if isinstance(folder, RemoteFolder):
        return name.startswith(f"{folder}/")
    return "://" not in name and (paths.ROOT / name).is_relative_to(folder)


def _digest(content: str) -> str:
    digest = hashlib.sha256(content.encode())
    for name, code in package_files().items():
        digest.update(f"\0{name}\0".encode() + code)
    return digest.hexdigest()
