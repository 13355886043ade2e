"""Traces in a place that fsspec reaches: folders, files, and reading of byte ranges.

A file is read through a window: its first and last bytes are fetched once, and more only if needed.
The clients in `remote_clients` fetch; this module decides what is fetched, and tries again.
"""

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeVar, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

START_SIZE = 1 << 16  # bytes of a file's start to fetch at once
ZIP_END_SIZE = 129 << 10  # bytes of a zip file's end: the end of a member and the directory
PLAIN_END_SIZE = 32 << 10  # bytes of a plain file's end: the tokens and the last bracket
MAX_FETCH_SIZE = 4 << 20  # bytes; later fetches double up to this size
WAITS = (0.5, 1, 2, 4)  # seconds before a request is repeated, if the server does not state them
MAX_WAIT = 600  # seconds


class RemoteError(OSError):
    """A remote file cannot be read; the message is the reason."""


class TemporaryError(RemoteError):
    """A request failed in a way that may pass.

    Parameters
    ----------
    reason : str
    wait : float or None
        Seconds to wait, if the server states them.
    """

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class ChangedError(RemoteError):
    """A file is not the one that was listed, or has changed since the first request."""

    def __init__(self) -> None:
        super().__init__("changed while it was read; the next run reads it")


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder of traces at a URL.

    Parameters
    ----------
    url : str
        The URL that the user gave. It may contain a password; `str` is without.
    location : str
        Where the client finds the files, ending with a slash.
    revision : str
        The commit that is read; empty if the place has no revisions.
    """

    url: str
    location: str
    revision: str = ""

    def __str__(self) -> str:
        return public_url(self.url)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file in a remote folder.

    Parameters
    ----------
    name : str
        The path relative to the folder.
    folder : RemoteFolder
    size : int
        Bytes; -1 if the request for it has failed.
    version : str
        An identifier that differs for other content, such as an ETag; empty if there is none.
    """

    name: str
    folder: RemoteFolder = field(compare=False)
    size: int = field(compare=False)
    version: str = field(compare=False)

    def __lt__(self, other: "RemoteFile") -> bool:
        return PurePosixPath(self.name) < PurePosixPath(other.name)  # the order of local files

    @property
    def suffix(self) -> str:
        """The suffix of the name, such as `.zip`."""
        return PurePosixPath(self.name).suffix

    @property
    def stamp(self) -> str | None:
        """Size and version; None if the place states no version, so changes are not noticed."""
        return f"{self.size} {self.version}" if self.version else None

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"


TraceFile = Path | RemoteFile


@dataclass
class Traffic:
    """Requests and bytes that reading one run took; 0 for local files."""

    n_requests: int = 0
    n_bytes: int = 0


T = TypeVar("T")
Fetch = Callable[[int, int], bytes]  # of the bytes from a position up to another


class Window(io.RawIOBase):
    """A remote file as a binary file that fetches byte ranges.

    Parameters
    ----------
    size : int
        Bytes of the file.
    fetch : callable
        Returns the bytes from a position up to another.
    traffic : Traffic
        The counts to increase.
    end_size : int
        Bytes of the end to fetch at once.
    """

    def __init__(self, size: int, fetch: Fetch, traffic: Traffic, end_size: int) -> None:
        self.size = size
        self.end_size = end_size
        self.fetch = fetch
        self.traffic = traffic
        self.position = 0
        self.fetch_size = START_SIZE
        self.spans: dict[
            int, bytes
        ] = {}  # by position; old ones are dropped, not the start and the end

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self.position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("seek before the start of the file")
        self.position = base + offset
        return self.position

    def read(self, size: int = -1) -> bytes:
        """Read up to a number of bytes; fewer only at the end of the file."""
        end = self.size if size < 0 else min(self.position + size, self.size)
        parts = []
        while self.position < end:
            start, data = self._span(self.position, end)
            part = data[self.position - start : end - start]
            parts.append(part)
            self.position += len(part)
        return b"".join(parts)

    def _span(self, position: int, end: int) -> tuple[int, bytes]:
        """Return a span of bytes around a position with its start; fetch it if it is missing."""
        for start, data in self.spans.items():
            if start <= position < start + len(data):
                return start, data
        end_start = max(self.size - self.end_size, 0)
        if self.size <= START_SIZE + self.end_size:
            start, stop = 0, self.size
        elif position >= end_start:
            start, stop = end_start, self.size
        else:
            wanted = end - position
            if position == 0 or any(s + len(d) == position for s, d in self.spans.items()):
                wanted = max(wanted, self.fetch_size)
                self.fetch_size = min(2 * self.fetch_size, MAX_FETCH_SIZE)
            later = [s for s in self.spans if s > position]
            start, stop = position, min([position + wanted, self.size, *later])
        if sum(map(len, self.spans.values())) > MAX_FETCH_SIZE:
            self.spans = {s: d for s, d in self.spans.items() if s in (0, end_start)}
        self.spans[start] = data = self._fetch(start, stop)
        return start, data

    def _fetch(self, start: int, stop: int) -> bytes:
        def fetch() -> bytes:
            self.traffic.n_requests += 1
            return self.fetch(start, stop)

        data = repeat(fetch)
        self.traffic.n_bytes += len(data)
        return data


def repeat(action: Callable[[], T]) -> T:
    """Do something again, after longer and longer waits, while it fails for a time."""
    for wait in WAITS:
        try:
            return action()
        except TemporaryError as error:
            time.sleep(min(wait if error.wait is None else error.wait, MAX_WAIT))
    return action()


@contextmanager
def open_file(file: RemoteFile, traffic: Traffic) -> Iterator[BinaryIO]:
    """Open a remote file for reading of byte ranges."""
    from hal_analysis.loaders.remote_clients import client_for

    with client_for(file.folder.url).open(file) as fetch:
        end_size = ZIP_END_SIZE if file.suffix.lower() == ".zip" else PLAIN_END_SIZE
        yield cast(BinaryIO, Window(file.size, fetch, traffic, end_size))


def refresh(file: RemoteFile) -> RemoteFile:
    """Return a file with its current size and version."""
    from hal_analysis.loaders.remote_clients import client_for

    client = client_for(file.folder.url)
    size, version = repeat(lambda: client.stat(file))
    return replace(file, size=size, version=version)


def is_url(text: object) -> bool:
    """Return whether a setting is a URL, not the path of a folder."""
    return isinstance(text, str) and "://" in text


def lower_scheme(url: str) -> str:
    """Return a URL with its scheme in lower case, as clients expect it: `HF://` is `hf://`."""
    scheme, separator, rest = url.partition("://")
    return scheme.lower() + separator + rest


def local_path(url: str) -> Path:
    """Return the path of a folder with a `file://` URL."""
    return Path(url2pathname(urlsplit(url).path))


def public_url(url: str) -> str:
    """Return a URL without user name, password, query and final slash, for messages and files."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")
