"""Reading of trace files, plain or encrypted, local or remote, of any size.

A trace is a JSON object with the objects `config` (what was run) and `results` (its outcome). HAL
writes these two first and long logs after them, so a file is read in chunks and only as far as
needed. Names are kept as the trace has them; `hal_analysis.names` derives short names.
"""

import codecs
import errno
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hal_analysis.loaders.encrypted import (
    END_SIZE,
    NotByEndsError,
    Plaintext,
    WrongPasswordError,
    decrypt_by_ends,
    decrypt_whole,
)
from hal_analysis.loaders.json_stream import DuplicateKeyError, JsonStream
from hal_analysis.loaders.parsing import (
    RAW_SECTION,
    USAGE_SECTION,
    Run,
    TraceError,
    as_object,
    parse_run,
)
from hal_analysis.loaders.remote import (
    ChangedError,
    RemoteFile,
    TraceFile,
    Traffic,
    open_file,
    refresh,
)
from hal_analysis.loaders.task_results import UnreadableResults, needs_raw_results
from hal_analysis.loaders.usage import find_total_usage
from hal_analysis.loaders.zip_members import EncryptedError
from hal_analysis.printing import printable

FIRST_CHUNK_SIZE = 1 << 15  # bytes; enough for most traces
CHUNK_SIZE = 1 << 20  # bytes; chunks grow up to this size
SECTIONS = ("config", "results")
LACK_OF_RESOURCES = (errno.ENOMEM, errno.EMFILE, errno.ENFILE)
EMPTY, EMPTY_ZIP = "empty, expected a JSON object", "empty, expected a zip file"


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The result of reading one run from its files.

    Parameters
    ----------
    path : Path, RemoteFile or None
        The file that the run was read from; None if no file is usable.
    run : Run or None
    failures : list of (Path or RemoteFile, str)
        The files that were tried before without success, and the reasons.
    how : str
        How an encrypted trace was read, as in `encrypted.Plaintext`; otherwise empty.
    traffic : Traffic or None
        What reading took from a remote place.
    worker : str
        The address of the worker of a Dask cluster that failed to read a file; otherwise empty.
    """

    path: TraceFile | None
    run: Run | None
    failures: list[tuple[TraceFile, str]]
    how: str = ""
    traffic: Traffic | None = None
    worker: str = ""


def read_trace(path: str | TraceFile, verify: bool = False) -> dict[str, Any]:
    """Read the sections `config` and `results` of a trace file, and what else a run needs.

    Parameters
    ----------
    path : path-like or RemoteFile
        An encrypted trace if the name ends with `.zip`, otherwise plain JSON.
    verify : bool
        Whether to check the file to its end: the CRC of an encrypted trace, the JSON of a plain
        one.

    Returns
    -------
    dict
        The keys `config` and `results` with the values of Python's `json` module, including NaN
        and Infinity; `raw_eval_results` if the task results are there; `total_usage` if it stands
        within the last `END_SIZE` bytes.

    Raises
    ------
    TraceError
        With the reason, if the file is not a trace.
    """
    path = Path(path) if isinstance(path, str) else path
    return _read_trace(path, verify, Traffic())[0]


def read_run(paths: Iterable[TraceFile], verify: bool = False) -> ReadResult:
    """Read a run from the first usable file.

    Parameters
    ----------
    paths : iterable of Path or RemoteFile
        The files that contain the run, in the order in which to try them.
    verify : bool
        Whether to check each file to its end.

    Returns
    -------
    ReadResult
    """
    failures: list[tuple[TraceFile, str]] = []
    traffic = Traffic()
    for path in paths:
        with record_failure(path, failures):
            current, (trace, how) = _read_current(path, verify, traffic)
            return ReadResult(current, parse_run(trace), failures, how, traffic)
    return ReadResult(None, None, failures, traffic=traffic)


@contextmanager
def record_failure(path: TraceFile, failures: list[tuple[TraceFile, str]]) -> Iterator[None]:
    """Turn any exception about one file into the reason to skip it, so that others are read."""
    try:
        yield
    except TraceError as error:
        failures.append((path, str(error)))
    except MemoryError:
        failures.append((path, "needs more memory than is available"))
    except RecursionError:
        failures.append((path, "nested too deeply"))
    except Exception as error:
        if isinstance(error, OSError) and error.errno in LACK_OF_RESOURCES:
            raise  # not the fault of this file
        message = printable(str(error)[:200])
        failures.append((path, f"unexpected {type(error).__name__}: {message}"))


def _read_current(
    path: TraceFile, verify: bool, traffic: Traffic
) -> tuple[TraceFile, tuple[dict[str, Any], str]]:
    """Read a trace; if it has changed since it was listed, read its current version."""
    if not isinstance(path, RemoteFile):
        return path, _read_trace(path, verify, traffic)
    try:
        if path.size >= 0:
            return path, _read_trace(path, verify, traffic)
    except TraceError as error:
        if not isinstance(error.__cause__, ChangedError):
            raise
    try:
        path = refresh(path)
    except OSError as error:
        raise TraceError(f"cannot be read: {error}") from None
    return path, _read_trace(path, verify, traffic)


def _read_trace(path: TraceFile, verify: bool, traffic: Traffic) -> tuple[dict[str, Any], str]:
    """Return the sections of a trace, and how an encrypted one was read."""
    try:
        with _open(path, traffic) as file:
            if path.suffix.lower() == ".zip":
                return _read_encrypted(file, verify)
            end = _check_end(file)
            return _add_usage(_parse_sections(_read_chunks(file), to_end=verify), end), ""
    except IsADirectoryError:
        raise TraceError("a folder, expected a file") from None
    except ChangedError as error:
        raise TraceError(str(error)) from error
    except OSError as error:
        if error.errno in LACK_OF_RESOURCES:  # not the fault of this file
            raise
        raise TraceError(f"cannot be read: {error.strerror or error}") from None
    except EncryptedError as error:
        raise TraceError(str(error)) from None


@contextmanager
def _open(path: TraceFile, traffic: Traffic) -> Iterator[BinaryIO]:
    if isinstance(path, RemoteFile):
        with open_file(path, traffic) as file:
            yield file
        return
    _check_type(path.stat().st_mode)
    with open(path, "rb", opener=_open_without_blocking) as file:
        status = os.fstat(file.fileno())
        _check_type(status.st_mode)  # the file may have been replaced
        if status.st_size == 0:  # also files of /proc, some of which block when they are read
            raise TraceError(EMPTY_ZIP if path.suffix.lower() == ".zip" else EMPTY)
        yield file


def _check_type(mode: int) -> None:
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # opening a folder names the problem
        raise TraceError("a pipe or a device, expected a file")


def _open_without_blocking(path: str, flags: int) -> int:
    """Open a file; unlike by default, a pipe without a writer does not block."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read_encrypted(file: BinaryIO, verify: bool) -> tuple[dict[str, Any], str]:
    """Read an encrypted trace by its ends; read it whole if that gives no run, or to verify it."""
    if not verify:
        try:
            return _parse_plaintext(decrypt_by_ends(file), is_strict=True)
        except WrongPasswordError:
            raise
        except (NotByEndsError, EncryptedError, TraceError):
            pass  # the whole member gives the run, or names the damage
    return _parse_plaintext(decrypt_whole(file), is_strict=False, to_end=verify)


def _parse_plaintext(
    plaintext: Plaintext, is_strict: bool, to_end: bool = False
) -> tuple[dict[str, Any], str]:
    trace = _parse_sections(plaintext.chunks, is_strict, to_end)
    return _add_usage(trace, plaintext.end), plaintext.how


def _add_usage(trace: dict[str, Any], end: bytes) -> dict[str, Any]:
    usage = find_total_usage(end)
    return trace if usage is None else trace | {USAGE_SECTION: usage}


def _read_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Read a file in chunks, doubling their size up to `CHUNK_SIZE`."""
    size = FIRST_CHUNK_SIZE
    while chunk := file.read(size):
        yield chunk
        size = min(2 * size, CHUNK_SIZE)


def _check_end(file: BinaryIO) -> bytes:
    """Return the end of a file; raise TraceError if it starts like an object but is truncated."""
    start = file.read(FIRST_CHUNK_SIZE).removeprefix(codecs.BOM_UTF8).lstrip()
    position, end = file.seek(0, os.SEEK_END), b""
    while position and not end:
        size = min(position, END_SIZE)
        file.seek(position - size)
        end = file.read(size).rstrip()
        position -= size
    file.seek(0)
    if start.startswith(b"{") and not end.endswith(b"}"):
        raise TraceError(
            f"truncated: ends with {end[-20:].decode(errors='replace')!r}, expected }}"
        )
    return end


def _parse_sections(
    chunks: Iterator[bytes], is_strict: bool = False, to_end: bool = False
) -> dict[str, Any]:
    """Return the sections of the trace in a JSON document that arrives in chunks.

    Parameters
    ----------
    chunks : iterator of bytes
    is_strict : bool
        Whether task results that cannot be read are an error.
    to_end : bool
        Whether to check the document to its end.
    """
    stream = JsonStream(chunks)
    try:
        sections = _collect_sections(stream, is_strict, to_end)
        if to_end and stream.peek():
            raise TraceError("not JSON: text behind the object")
    except RecursionError:
        raise TraceError("nested too deeply for Python's json module") from None
    except DuplicateKeyError as error:
        raise TraceError(str(error)) from None
    except UnicodeDecodeError as error:
        raise TraceError(
            f"not UTF-8: contains the byte 0x{error.object[error.start]:02x}, expected JSON in "
            "UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        is_truncated = stream.is_complete and error.pos >= len(stream.text)
        problem = "truncated" if is_truncated else "not JSON"
        position = stream.offset + error.pos
        raise TraceError(f"{problem}: {error.msg} at character {position}") from None
    raw = {key: value for key, value in sections.items() if key == RAW_SECTION}
    return {key: as_object(sections.get(key), key) for key in SECTIONS} | raw


def _collect_sections(stream: JsonStream, is_strict: bool, to_end: bool) -> dict[str, Any]:
    """Return the values of the sections that stand in a document, and of the raw results."""
    first = stream.peek()
    if not first:
        raise TraceError(EMPTY)
    if first != "{":
        start = stream.text[stream.position : stream.position + 40]
        if start.startswith("version https://git-lfs"):
            raise TraceError("a Git LFS pointer, not the trace: run git lfs pull")
        raise TraceError(f"not a JSON object: starts with {start!r}, expected {{")
    sections: dict[str, Any] = {}
    raw: Any = None
    n_behind = 0  # members behind the two sections
    keys = set()
    for key in stream.members():
        if key in keys:
            raise DuplicateKeyError(key)
        if key in (*SECTIONS, RAW_SECTION):
            keys.add(key)
        n_behind += all(section in sections for section in SECTIONS)
        needs_raw = key == RAW_SECTION and needs_raw_results(*map(sections.get, SECTIONS))
        if n_behind and not to_end:
            if needs_raw:
                raw = stream.value() if is_strict else _read_raw_results(stream)
            break
        if key == "encrypted_data":
            raise TraceError("an encrypted member outside its zip file: keep the *.zip file")
        if key in SECTIONS:
            sections[key] = stream.value(unique_keys=True)
        elif needs_raw and n_behind <= 1:
            raw = stream.value_or_skip()
        else:
            stream.skip()
    return sections if raw is None else sections | {RAW_SECTION: raw}


def _read_raw_results(stream: JsonStream) -> Any:
    """Return the next value, or why it cannot be read: the run is usable without it."""
    try:
        return stream.value()
    except json.JSONDecodeError as error:
        reason = error.msg
    except UnicodeDecodeError:
        reason = "not UTF-8"
    except RecursionError:
        reason = "nested too deeply"
    except EncryptedError as error:
        reason = str(error)
    return UnreadableResults(f"{RAW_SECTION} cannot be read: {reason}")
