"""A web server on this machine with the traces of a folder: index pages, ranges, faults, and a hub.

    with serve(folder) as server:
        server.url      # of the index page
        server.hub      # for HF_ENDPOINT; the dataset is "org/traces"

Files are also those of the dataset: the hub's API lists them, and its addresses of files redirect
to another host name of the same machine, as for large files on the real hub.
"""

import contextlib
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PAGE_SIZE = 1000  # entries of the hub's listing in one response
FILES, CDN, API, RESOLVE = "/files/", "/cdn/", "/api/datasets/org/traces", "/datasets/org/traces/"


class TraceServer(ThreadingHTTPServer):
    """The server, its faults, and what it has counted.

    Attributes
    ----------
    delay : float
        Seconds before each response.
    drops_every : int
        Every so many requests for content, the connection is closed in the middle; 0 for never.
    limits_every : int
        Every so many requests, the answer is 429 with `Retry-After: 0`; 0 for never.
    ignores_ranges : bool
    before_content : callable or None
        Called with the path and its number of requests before content is sent.
    n_bytes : int
        Bytes of content that were sent.
    requests : list of (method, path, range, authorization)
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = Path(folder)
        self.delay, self.drops_every, self.limits_every = 0, 0, 0
        self.ignores_ranges, self.before_content, self.sends_etags = False, None, True
        self.n_bytes, self.requests, self.lock = 0, [], threading.Lock()
        self.hub = f"http://127.0.0.1:{self.server_port}"
        self.url = f"{self.hub}{FILES}"

    def ranges(self):
        """Return the requests for content, without listings and redirects."""
        return [r for r in self.requests if r[0] == "GET" and r[1].endswith((".zip", ".json"))]

    def handle_error(self, request, client_address):
        pass  # a client that has closed the connection


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.respond()

    def do_GET(self):
        self.respond()

    def respond(self):
        server, path = self.server, unquote(urlsplit(self.path).path)
        path = FILES if path == FILES.rstrip("/") else path
        if path.startswith((FILES, CDN)) and not path.endswith("/"):
            record = (self.command, path, self.headers["Range"], self.headers["Authorization"])
        else:
            record = (self.command, path + "?", None, self.headers["Authorization"])
        with server.lock:
            server.requests.append(record)
            number = len(server.requests)
        time.sleep(server.delay)
        if server.limits_every and number % server.limits_every == 0:
            return self.send(429, b"", {"Retry-After": "0"})
        if path.startswith(API):
            return self.answer_api(path.removeprefix(API), parse_qs(urlsplit(self.path).query))
        if path.startswith(RESOLVE):
            name = path.removeprefix(f"{RESOLVE}resolve/{COMMIT}/")
            place = f"http://localhost:{server.server_port}{CDN}{quote(name)}"
            return self.send(302, b"", {"Location": place})
        file = server.folder / path.removeprefix(FILES).removeprefix(CDN)
        if path.startswith((FILES, CDN)) and file.is_dir():
            return self.send_index(file)
        if path.startswith((FILES, CDN)) and file.is_file():
            return self.send_file(file, path, number)
        return self.send(404, b"")

    def answer_api(self, path, query):
        """Answer the hub's requests for a revision and for pages of the tree."""
        if not path.startswith("/tree/"):
            known = path in ("", "/revision/main", f"/revision/{COMMIT}")
            error = {} if known else {"X-Error-Code": "RevisionNotFound"}
            content = {"id": "org/traces", "sha": COMMIT, "siblings": []}
            return self.send(200 if known else 404, json.dumps(content).encode(), error)
        folder = self.server.folder
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        start = int(query.get("cursor", ["0"])[0])
        entries = [
            {
                "type": "file",
                "path": file.relative_to(folder).as_posix(),
                "size": file.stat().st_size,
                "oid": version_of(file),
            }
            for file in files[start : start + PAGE_SIZE]
        ]
        following = f"{self.server.hub}{API}{path}?cursor={start + PAGE_SIZE}"
        is_last = start + PAGE_SIZE >= len(files)
        link = {} if is_last else {"Link": f'<{following}>; rel="next"'}
        return self.send(200, json.dumps(entries).encode(), link)

    def send_index(self, folder):
        names = sorted(f"{file.name}{'/' if file.is_dir() else ''}" for file in folder.iterdir())
        links = "".join(f'<a href="{quote(name)}">{name}</a>\n' for name in ("../", *names))
        self.send(200, f"<html><body>{links}</body></html>".encode(), {"Content-Type": "text/html"})

    def send_file(self, file, path, number):
        server = self.server
        with server.lock:
            n_of_path = sum(r[1] == path and r[0] == "GET" for r in server.requests)
        if server.before_content and self.command == "GET":
            server.before_content(file, n_of_path)
        size = file.stat().st_size
        headers = {"ETag": f'"{version_of(file)}"'} if server.sends_etags else {}
        start, stop, status = 0, size, 200
        if self.headers["Range"] and not server.ignores_ranges:
            first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
            start, stop, status = int(first), min(int(last) + 1, size), 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        is_dropped = server.drops_every and number % server.drops_every == 0
        with file.open("rb") as opened:
            opened.seek(start)
            self.send(status, opened, headers, stop - start, is_dropped)

    def send(self, status, content, headers=None, size=None, is_dropped=False):
        self.send_response(status)
        size = len(content) if size is None else size
        for name, value in ({"Content-Length": str(size)} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        n_left = size // 2 if is_dropped else size
        while n_left:
            chunk = (
                content[:n_left]
                if isinstance(content, bytes)
                else content.read(min(n_left, 1 << 16))
            )
            self.wfile.write(chunk)
            n_left -= len(chunk)
            with self.server.lock:
                self.server.n_bytes += len(chunk)
        if is_dropped:
            self.close_connection = True


def version_of(file):
    status = file.stat()
    return hashlib.sha256(f"{file.name} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()


@contextlib.contextmanager
def serve(folder):
    """Serve a folder until the block ends."""
    with TraceServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
