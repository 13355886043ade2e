"""Clients of remote places: the hub of Hugging Face, web servers, and all else by fsspec.

Each lists a folder and fetches byte ranges. Every response is checked: it must have the expected
range, size and version, so that two versions of a file are never mixed.
"""

import errno
import functools
import posixpath
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote, unquote, urljoin, urlsplit

from hal_analysis.loaders.remote import (
    ChangedError,
    Fetch,
    RemoteError,
    RemoteFile,
    RemoteFolder,
    T,
    TemporaryError,
    public_url,
    repeat,
)
from hal_analysis.loaders.responses import (
    Taker,
    check_response,
    check_status,
    range_headers,
    take,
    version_in,
)

REQUIREMENTS = "pip install -r requirements-remote.txt"
# What fsspec's file systems call the identifier of a version, the most reliable one first.
VERSION_KEYS = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "mtime",
    "LastModified",
    "last_modified",
    "created",
)
TIMEOUT = 60  # seconds without data
N_STAT_REQUESTS = 16  # requests at a time for the sizes of files on a web server


class Client(Protocol):
    """What reading needs of a place."""

    def list(self, url: str, suffixes: tuple[str, ...]) -> tuple[RemoteFolder, list[RemoteFile]]:
        """Return the folder at a URL and its files with one of the suffixes."""

    def stat(self, file: RemoteFile) -> tuple[int, str]:
        """Return the current size and version of a file."""

    def open(self, file: RemoteFile) -> Any:
        """Return a context manager for the function that fetches ranges of a file."""


def client_for(url: str) -> Client:
    """Return the client for a URL.

    Raises
    ------
    SystemExit
        With one sentence, if a package is not installed or no client knows the scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme in ("http", "https"):
        return _client(WebClient)
    if scheme == "hf" and not url.startswith("hf://buckets/"):
        return _client(HubClient)
    return _client(FsspecClient)


@functools.cache
def _client(client_type: type[Client]) -> Client:
    return client_type()


def list_folder(url: str, suffixes: tuple[str, ...]) -> tuple[RemoteFolder, list[RemoteFile]]:
    """List the files of a remote folder and its subfolders; hidden ones are ignored.

    Raises
    ------
    SystemExit
        With one sentence, if a package is not installed or the folder cannot be listed.
    """
    try:
        folder, files = client_for(url).list(url, suffixes)
    except ImportError as error:
        missing = f"{error.name}, which is not installed: {REQUIREMENTS}"
        hint = missing if error.name else f"another client of fsspec: {error}"
        sys.exit(f"{public_url(url)} requires {hint}.")
    except Exception as error:  # a client can raise any exception
        reason = _describe(error)
        sys.exit(
            f"{public_url(url)} cannot be listed ({reason}): correct the URL or the "
            "credentials, or try later."
        )
    return folder, [file for file in files if not _is_hidden(file.name)]


class HubClient:
    """The hub of Hugging Face, by huggingface_hub. The commit is resolved once and pinned."""

    def list(self, url: str, suffixes: tuple[str, ...]) -> tuple[RemoteFolder, list[RemoteFile]]:
        """Return the folder at a URL and its files with one of the suffixes."""
        import huggingface_hub as hub
        from huggingface_hub.hf_api import RepoFile
        from huggingface_hub.utils import logging

        logging.set_verbosity_error()  # repeated requests are not worth a line each
        api = hub.HfApi()

        def find() -> tuple[RemoteFolder, list[RemoteFile]]:
            path: Any = hub.HfFileSystem(skip_instance_cache=True).resolve_path(url)
            info = api.repo_info(path.repo_id, repo_type=path.repo_type, revision=path.revision)
            prefix = f"{path.path_in_repo}/" if path.path_in_repo else ""
            place: dict[str, Any] = {"repo_type": path.repo_type, "revision": info.sha}
            location = hub.hf_hub_url(path.repo_id, prefix, **place)
            folder = RemoteFolder(url, location, str(info.sha))
            tree = api.list_repo_tree(
                path.repo_id, path.path_in_repo or None, recursive=True, **place
            )
            return folder, [
                RemoteFile(entry.path.removeprefix(prefix), folder, entry.size, _object_id(entry))
                for entry in tree
                if isinstance(entry, RepoFile) and entry.path.lower().endswith(suffixes)
            ]

        return _repeat_listing(find)

    def stat(self, file: RemoteFile) -> tuple[int, str]:
        """Return the size and version that were listed: a commit does not change."""
        return file.size, file.version

    @contextmanager
    def open(self, file: RemoteFile) -> Iterator[Fetch]:
        """Yield the function that fetches ranges of a file."""
        from huggingface_hub import get_session
        from huggingface_hub.utils import build_hf_headers

        start_url = file.folder.location + quote(file.name)
        # The hub redirects to a server of files; later requests go there directly.
        target = {"url": start_url, "etag": ""}

        def fetch(start: int, stop: int) -> bytes:
            url = target["url"]
            is_same_host = urlsplit(url).netloc == urlsplit(start_url).netloc
            headers = build_hf_headers() if is_same_host else {}
            headers |= range_headers(start, stop)
            with get_session().stream("GET", url, headers=headers, timeout=TIMEOUT) as response:
                if url != start_url and response.status_code in (401, 403):  # a link that expired
                    target["url"] = start_url
                    raise TemporaryError(f"HTTP {response.status_code}")
                skipped = check_response(
                    response.status_code, response.headers, file.size, target["etag"], start, stop
                )
                data = take(response.iter_bytes(), skipped, stop - start)
                target["etag"], target["url"] = version_in(response.headers), str(response.url)
                return data

        yield lambda start, stop: _as_temporary(lambda: fetch(start, stop))


class WebClient:
    """Web servers with index pages, by the session of fsspec's HTTP file system."""

    def __init__(self) -> None:
        import fsspec
        from aiohttp import ClientTimeout

        self.files = fsspec.filesystem("https")
        self.timeout = ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT)

    def list(self, url: str, suffixes: tuple[str, ...]) -> tuple[RemoteFolder, list[RemoteFile]]:
        """Return the folder at a URL and its files with one of the suffixes.

        Index pages have no sizes, so each file takes a request of its own.
        """
        folder = RemoteFolder(url, url.partition("?")[0].rstrip("/") + "/")
        links = self._find_links(folder.location)
        names = sorted(unquote(link.removeprefix(folder.location)) for link in links)
        names = [n for n in names if n.lower().endswith(suffixes) and not _is_hidden(n)]
        files = [RemoteFile(name, folder, 0, "") for name in names]

        def with_stat(file: RemoteFile) -> RemoteFile:
            try:
                return RemoteFile(file.name, folder, *repeat(lambda: self.stat(file)))
            except RemoteError:
                return RemoteFile(file.name, folder, -1, "")  # the reader says why

        with ThreadPoolExecutor(N_STAT_REQUESTS) as executor:
            return folder, list(executor.map(with_stat, files))

    def _find_links(self, location: str) -> set[str]:
        """Return the addresses of the files below an index page and the pages that it links to."""
        pages, visited, links = [location], set[str](), set[str]()
        while pages:
            page = pages.pop()
            visited.add(page)
            for entry in _repeat_listing(functools.partial(self.files.ls, page)):
                link = urljoin(page, entry["name"])
                if not link.startswith(location) or "?" in link or link in visited:
                    continue
                if link.endswith("/"):
                    pages.append(link)
                else:
                    links.add(link)
        self.files.dircache.clear()
        return links

    def stat(self, file: RemoteFile) -> tuple[int, str]:
        """Return the current size and version of a file."""

        async def head() -> tuple[int, str]:
            session = await self.files.set_session()
            options = self._options({"Accept-Encoding": "identity"})
            async with session.head(self._url(file), allow_redirects=True, **options) as response:
                check_status(response.status, response.headers)
                if "Content-Length" not in response.headers:
                    raise RemoteError("the server does not state the size of the file")
                return int(response.headers["Content-Length"]), version_in(response.headers)

        return _as_temporary(lambda: self._run(head))

    @contextmanager
    def open(self, file: RemoteFile) -> Iterator[Fetch]:
        """Yield the function that fetches ranges of a file."""
        pinned = {"version": file.version}

        async def get(start: int, stop: int) -> bytes:
            session = await self.files.set_session()
            options = self._options(range_headers(start, stop))
            async with session.get(self._url(file), **options) as response:
                skipped = check_response(
                    response.status, response.headers, file.size, pinned["version"], start, stop
                )
                pinned["version"] = version_in(response.headers)
                taker = Taker(skipped, stop - start)
                async for chunk in response.content.iter_any():
                    if taker.add(chunk):
                        break
                return taker.data()

        yield lambda start, stop: _as_temporary(lambda: self._run(get, start, stop))

    def _options(self, headers: dict[str, str]) -> dict[str, Any]:
        """Return the options of a request: those that the user has set for fsspec, and headers."""
        options = self.files.kwargs
        headers = options.get("headers", {}) | headers
        return options | {"headers": headers, "timeout": self.timeout}

    def _url(self, file: RemoteFile) -> Any:
        return self.files.encode_url(file.folder.location + quote(file.name))

    def _run(self, function: Any, *arguments: Any) -> Any:
        from fsspec.asyn import sync

        return sync(self.files.loop, function, *arguments)


class FsspecClient:
    """Any other place, such as S3, by the file system of fsspec for its scheme."""

    def list(self, url: str, suffixes: tuple[str, ...]) -> tuple[RemoteFolder, list[RemoteFile]]:
        """Return the folder at a URL and its files with one of the suffixes."""
        files, root = self._connect(url)
        folder = RemoteFolder(url, root.rstrip("/") + "/")
        found = _repeat_listing(lambda: files.find(root, detail=True))
        files.invalidate_cache()
        return folder, [
            RemoteFile(
                path.removeprefix(folder.location), folder, info["size"], _info_version(info)
            )
            for path, info in found.items()
            if path.lower().endswith(suffixes)
        ]

    def stat(self, file: RemoteFile) -> tuple[int, str]:
        """Return the current size and version of a file."""
        files, _ = self._connect(file.folder.url)
        info = _as_temporary(lambda: files.info(file.folder.location + file.name, refresh=True))
        return info["size"], _info_version(info)

    @contextmanager
    def open(self, file: RemoteFile) -> Iterator[Fetch]:
        """Yield the function that fetches ranges of a file.

        Without a cache, each read fetches exactly its range. S3 refuses a range if the object has
        changed since it was opened.
        """
        files, _ = self._connect(file.folder.url)
        path = file.folder.location + file.name
        opened = repeat(lambda: _as_temporary(lambda: files.open(path, "rb", cache_type="none")))
        with opened:
            info = getattr(opened, "details", None) or files.info(path)
            if (info["size"], _info_version(info)) != (file.size, file.version):
                raise ChangedError

            def fetch(start: int, stop: int) -> bytes:
                opened.seek(start)
                return take([opened.read(stop - start)], 0, stop - start)

            yield lambda start, stop: _as_temporary(lambda: fetch(start, stop))

    @staticmethod
    def _connect(url: str) -> tuple[Any, str]:
        import fsspec

        return fsspec.core.url_to_fs(url)


def _info_version(info: Mapping[str, Any]) -> str:
    version = next((info[key] for key in VERSION_KEYS if info.get(key)), "")
    return str(version.timestamp() if isinstance(version, datetime) else version)


def _object_id(entry: Any) -> str:
    """Return the SHA-256 of a large file, or the git object of a small one."""
    return entry.lfs.sha256 if entry.lfs else entry.blob_id


def _as_temporary(action: Callable[[], T]) -> T:
    """Do something; any error of a client but our own is one that may pass."""
    try:
        return action()
    except RemoteError:
        raise
    except FileNotFoundError:
        raise RemoteError("the file does not exist") from None
    except PermissionError:
        raise RemoteError("access is denied") from None
    except OSError as error:
        if error.errno == errno.EBUSY:  # of s3fs, for an object that has changed
            raise ChangedError from None
        raise TemporaryError(_describe(error)) from None
    except Exception as error:  # a client can raise any exception
        raise TemporaryError(_describe(error)) from None


def _repeat_listing(action: Callable[[], T]) -> T:
    """Repeat a listing; errors that do not pass are raised at once."""

    def attempt() -> T:
        try:
            return action()
        except (RemoteError, FileNotFoundError, PermissionError, ImportError, ValueError):
            raise
        except Exception as error:  # a client can raise any exception
            response = getattr(error, "response", error)  # of the hub, or an error of aiohttp
            status = getattr(response, "status_code", getattr(response, "status", None))
            if isinstance(status, int):
                check_status(status, getattr(response, "headers", None) or {})
            raise TemporaryError(_describe(error)) from None

    return repeat(attempt)


def _describe(error: Exception) -> str:
    """Return what went wrong, without a message that may contain an address with a password."""
    message = str(error).partition("\n")[0]
    if isinstance(error, RemoteError) or (
        isinstance(error, ValueError) and not set("@?") & set(message)
    ):
        return message
    if isinstance(error, FileNotFoundError):
        return "not found"
    if isinstance(error, PermissionError):
        return "access is denied"
    name = type(error).__name__  # of any library, such as ConnectError and ClientConnectorError
    return "cannot connect" if "Connect" in name else name


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in posixpath.normpath(name).split("/"))
