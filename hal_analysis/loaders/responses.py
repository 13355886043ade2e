"""Responses of web servers to requests for byte ranges."""

from collections.abc import Iterable, Mapping

from hal_analysis.loaders.remote import ChangedError, RemoteError, TemporaryError

TEMPORARY_STATUSES = (408, 425, 429, 500, 502, 503, 504)
CHANGED_STATUSES = (412, 416)  # the file has another version, or is shorter


class Taker:
    """The wanted bytes of a response that arrives in chunks.

    Parameters
    ----------
    n_skipped : int
        Bytes before the wanted ones, of a server that sends the whole file.
    n_wanted : int
    """

    def __init__(self, n_skipped: int, n_wanted: int) -> None:
        self.n_skipped, self.n_wanted = n_skipped, n_wanted
        self.buffer = bytearray()

    def add(self, chunk: bytes) -> bool:
        """Add a chunk; return whether all wanted bytes have arrived."""
        kept = chunk[self.n_skipped :]
        self.n_skipped = max(self.n_skipped - len(chunk), 0)
        self.buffer += kept[: self.n_wanted - len(self.buffer)]
        return len(self.buffer) == self.n_wanted

    def data(self) -> bytes:
        """Return the bytes, or raise if the connection was closed before they had arrived."""
        if len(self.buffer) < self.n_wanted:
            raise TemporaryError("the connection was closed")
        return bytes(self.buffer)


def take(chunks: Iterable[bytes], n_skipped: int, n_wanted: int) -> bytes:
    """Return the wanted bytes of a response that arrives in chunks; see `Taker`."""
    taker = Taker(n_skipped, n_wanted)
    any(taker.add(chunk) for chunk in chunks)
    return taker.data()


def range_headers(start: int, stop: int) -> dict[str, str]:
    """Return the headers of a request for the bytes from a position up to another."""
    return {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}


def check_response(
    status: int, headers: Mapping[str, str], size: int, version: str, start: int, stop: int
) -> int:
    """Check the response to a request for a range; return how many of its bytes precede the range.

    Raises
    ------
    RemoteError
        If it is an error, or the response of another version of the file.
    """
    check_status(status, headers)
    if version and version_in(headers) != version:
        raise ChangedError
    if status == 206:
        expected = f"bytes {start}-{stop - 1}/"
        content_range = headers.get("Content-Range", "")
        if content_range.startswith(expected) and content_range.endswith(("/*", f"/{size}")):
            return 0
        raise ChangedError
    if int(headers.get("Content-Length", size)) != size:
        raise ChangedError
    return start  # the server ignores ranges and sends the whole file


def check_status(status: int, headers: Mapping[str, str]) -> None:
    """Raise `RemoteError` if a response has no content."""
    if status in TEMPORARY_STATUSES:
        wait = headers.get("Retry-After", "")
        raise TemporaryError(f"HTTP {status}", float(wait) if wait.isdecimal() else None)
    if status in CHANGED_STATUSES:
        raise ChangedError
    if status not in (200, 206):
        raise RemoteError(f"HTTP {status}")


def version_in(headers: Mapping[str, str]) -> str:
    """Return what identifies the version of a file; empty if the server does not state it."""
    return headers.get("ETag") or headers.get("Last-Modified") or ""
