"""A cache of the runs that stage 1 has read, an SQLite database beside the dataset.

A local file is unchanged if its path, size and modification time are; a remote file, if its URL,
size and version are, such as an ETag. The cache stores runs with names as the traces have them, so
edits of config.py take effect without reading a trace again.

Each entry has a digest of its content and of the code of this package. Entries that are damaged or
were written by other code are not used, and their traces are read again.
"""

import functools
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import NoneType
from typing import Any

from hal_analysis import paths
from hal_analysis.loaders.package import package_files
from hal_analysis.loaders.parsing import MAX_AMOUNT, RUN_FIELDS, Run, mean_latency, run_values
from hal_analysis.loaders.remote import RemoteFile, TraceFile
from hal_analysis.loaders.usage import MAX_TOKENS
from hal_analysis.paths import display_path, table_path
from hal_analysis.printing import warn

CACHE_NAME = "trace_cache.sqlite"
SCHEMA = (
    "CREATE TABLE runs (path TEXT PRIMARY KEY, stamp TEXT, run TEXT, digest TEXT) WITHOUT ROWID"
)
BUSY_TIMEOUT = 10  # seconds to wait for another run that writes

# The types of fields that are not text, and of the items of lists.
NUMBERS = {int, float}
FIELD_TYPES: dict[str, set[type]] = {
    "effort": {str, NoneType},
    "accuracy": NUMBERS,
    "total_cost": NUMBERS | {NoneType},
    "mean_latency": NUMBERS | {NoneType},
    "task_ids": {list},
    "task_scores": {list},
    "prompt_tokens": {int, NoneType},
    "completion_tokens": {int, NoneType},
}

DECODER = json.JSONDecoder(parse_constant=int)  # int("NaN") is a ValueError: no run has one

Stamp = str | None


class TraceCache:
    """The cache of runs, which an error of its database leaves empty but never ends the run.

    Parameters
    ----------
    connection : sqlite3.Connection or None
        None for a cache that finds and stores nothing.
    """

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self.connection = connection
        self.code_digest = _digest_code()

    def find_unchanged(self, stamps: Mapping[TraceFile, Stamp]) -> dict[TraceFile, Run]:
        """Return the runs of unchanged files, and remove the entries of files that are gone.

        Parameters
        ----------
        stamps : mapping of Path or RemoteFile to Stamp
            The files of a folder. Files without a stamp are not found.
        """
        files = {_key(path): path for path in stamps}
        remote_folders = {f"{path.folder}/" for path in stamps if isinstance(path, RemoteFile)}
        runs: dict[TraceFile, Run] = {}
        gone: list[tuple[str]] = []
        with self._connection() as connection:
            for key, stamp, text, digest in connection.execute("SELECT * FROM runs"):
                path = files.get(key)
                if path is None:
                    if _is_gone(key, remote_folders):
                        gone.append((key,))
                elif (
                    stamp == stamps[path]
                    and digest == self._digest(key, stamp, text)
                    and (run := _parse_run(text))
                ):
                    runs[path] = run
            if gone:
                with connection:
                    connection.executemany("DELETE FROM runs WHERE path = ?", gone)
        return runs

    def store(self, runs: Iterable[tuple[TraceFile, Stamp, Run]]) -> None:
        """Add or replace the runs of some files. Stamps must be taken before the files are read."""
        rows = []
        for path, stamp, run in runs:
            if stamp:
                values = _key(path), stamp, json.dumps(run_values(run))
                rows.append((*values, self._digest(*values)))
        if not rows:
            return
        with self._connection() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Close the database."""
        if self.connection:
            self.connection.close()

    def _digest(self, *values: object) -> str:
        content = "\0".join(map(str, values)).encode("utf-8", "backslashreplace")
        return hashlib.blake2b(content, digest_size=8, key=self.code_digest).hexdigest()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Give access to the database, or to an empty one; replace it after an error."""
        try:
            yield self.connection or _connect(":memory:")
        except (sqlite3.Error, UnicodeError) as error:
            self.close()
            self.connection = _replace(error)


def open_cache() -> TraceCache:
    """Open the cache beside the dataset, or an empty one if that is not possible."""
    path = table_path(CACHE_NAME)
    for file in (path, _journal(path)):
        if file.exists() and not file.is_file():
            warn(f"{display_path(file)} is not a file, so no trace is cached: remove it.")
            return TraceCache(None)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return TraceCache(_connect(path))
    except OSError:
        return TraceCache(None)  # writing the dataset will report the error
    except (sqlite3.Error, UnicodeError) as error:
        return TraceCache(_replace(error))


def file_stamp(path: Path) -> Stamp:
    """Return size in bytes and modification time in ns of a file, or None if it is not readable."""
    try:
        status = path.stat()
    except OSError:
        return None
    return f"{status.st_size} {status.st_mtime_ns}"


def _connect(path: Path | str) -> sqlite3.Connection:
    """Open or create a database.

    Raises
    ------
    sqlite3.DatabaseError
        If the file is damaged.
    sqlite3.OperationalError
        If the file cannot be used, or is a database of something else.
    UnicodeDecodeError
        If the file is damaged, and the message of SQLite quotes bytes that are not UTF-8.
    """
    # Otherwise, two writers that have read may each wait for the other, and one fails at once.
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level="IMMEDIATE")
    # Damaged entries are found by their digests, so waiting for the disk is not necessary.
    connection.execute("PRAGMA synchronous = OFF")
    connection.text_factory = lambda text: text.decode("utf-8", "backslashreplace")
    with connection:
        connection.execute(SCHEMA.replace("TABLE", "TABLE IF NOT EXISTS"))
    if connection.execute("SELECT sql FROM sqlite_schema").fetchall() != [(SCHEMA,)]:
        connection.close()
        raise sqlite3.OperationalError("it is another database")
    return connection


def _replace(error: sqlite3.Error | UnicodeError) -> sqlite3.Connection | None:
    """Replace a damaged database by a new one; leave alone what is locked or not a cache."""
    path = table_path(CACHE_NAME)
    if isinstance(error, sqlite3.OperationalError):
        name = getattr(error, "sqlite_errorname", "")
        is_full = name.startswith(("SQLITE_FULL", "SQLITE_IOERR"))
        if not is_full and os.access(path.parent, os.W_OK):  # else writing the dataset will fail
            warn(
                f"{display_path(path)} cannot be used ({error}), so no trace is cached: remove it "
                "unless another run uses it."
            )
        return None
    reason = "its text is not UTF-8" if isinstance(error, UnicodeError) else error
    warn(f"{display_path(path)} is damaged ({reason}), so all traces are read again.")
    try:
        path.unlink()
        _journal(path).unlink(missing_ok=True)
        return _connect(path)
    except (OSError, sqlite3.Error):
        return None


def _journal(path: Path) -> Path:
    """Return the file in which SQLite keeps the old content while it writes."""
    return path.with_name(f"{path.name}-journal")


def _parse_run(text: str) -> Run | None:
    """Return the run of an entry, or None if it is not one."""
    try:
        # Many runs share their names and arguments.
        values: list[Any] = [
            sys.intern(value) if type(value) is str else value for value in DECODER.decode(text)
        ]
        run = Run(*values)
        types = tuple(map(type, run_values(run)))
        return run if _have_valid_types(types) and _has_valid_values(run) else None
    except (ValueError, TypeError, RecursionError):
        return None


def _has_valid_values(run: Run) -> bool:
    """Return whether the lists and numbers of a run are such as `parse_run` returns."""
    latencies = DECODER.decode(run.latencies_per_task)
    return (
        type(latencies) is list
        and {*map(type, run.task_ids)} <= {str}
        and {*map(type, latencies), *map(type, run.task_scores)} <= NUMBERS
        and len(run.task_ids) in (0, len(run.task_scores))
        and _are_in_range([run.accuracy, *run.task_scores], 1)
        and _are_in_range([run.total_cost or 0, *latencies], MAX_AMOUNT)
        and run.mean_latency == mean_latency(latencies)
        and _are_in_range([run.prompt_tokens or 0, run.completion_tokens or 0], MAX_TOKENS)
    )


def _are_in_range(numbers: Sequence[float], maximum: float) -> bool:
    return min(numbers) >= 0 and max(numbers) <= maximum


@functools.cache
def _have_valid_types(types: tuple[type, ...]) -> bool:
    expected = [FIELD_TYPES.get(name, {str}) for name in RUN_FIELDS]
    return all(each in valid for each, valid in zip(types, expected, strict=True))


def _key(path: TraceFile) -> str:
    """Return the URL of a file, or its path, relative to the project's folder if it is inside."""
    name = str(path).removeprefix(f"{paths.ROOT}{os.sep}")
    return name.encode("utf-8", "backslashreplace").decode()


def _is_gone(key: object, remote_folders: Iterable[str]) -> bool:
    """Return whether a file that was not listed does not exist."""
    if type(key) is not str:  # damaged
        return True
    if "://" in key:
        return key.startswith(tuple(remote_folders))
    try:
        (paths.ROOT / key).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError:  # such as a folder without permission
        return False
    return False


def _digest_code() -> bytes:
    digest = hashlib.sha256()
    for name, code in package_files().items():
        digest.update(f"\0{name}\0".encode() + code)
    return digest.digest()
