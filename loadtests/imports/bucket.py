"""A delivery behind the S3 interface, straight from its files.

The local system's S3 takes a whole object into its hands for each range asked of it: reading an object of 158 MB took
8.3 s, and one of ten times the size would take a hundred times as long. What is measured here is our reading, so the
server costs next to nothing: it lists a folder, and sends ranges from the files.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "deliveries"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)\Z")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The delivery's address, and the settings with which an import reaches it."""
    handler = type("Handler", (_Handler,), {"folder": folder})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, name="bucket", daemon=True)
        thread.start()
        try:
            yield (
                f"s3://{BUCKET}/",
                {
                    "ATELIER_S3_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
                    "AWS_ACCESS_KEY_ID": "bench",
                    "AWS_SECRET_ACCESS_KEY": "nobody asks for it",
                },
            )
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._object(body=False)

    def do_GET(self) -> None:
        if urlsplit(self.path).path.strip("/") == BUCKET:
            self._list()
        else:
            self._object(body=True)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def _list(self) -> None:
        """Everything there is: a delivery is ten files."""
        contents = "".join(
            f"<Contents><Key>{escape(path.name)}</Key><Size>{path.stat().st_size}</Size><ETag>{_etag(path)}</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for path in sorted(self.folder.iterdir())
        )
        told = f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>".encode()
        self._head(HTTPStatus.OK, len(told), {"Content-Type": "application/xml"})
        self.wfile.write(told)

    def _object(self, *, body: bool) -> None:
        name = unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/")
        path = self.folder / name
        if "/" in name or not path.is_file():
            self._head(HTTPStatus.NOT_FOUND, 0, {})
            return
        etag, size = _etag(path), path.stat().st_size
        if self.headers.get("If-Match", etag) != etag:
            self._head(HTTPStatus.PRECONDITION_FAILED, 0, {})
            return
        about = {"ETag": etag, "Last-Modified": formatdate(path.stat().st_mtime, usegmt=True)}
        start, end, status = 0, size, HTTPStatus.OK
        if found := _RANGE.match(self.headers.get("Range", "")):
            start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
            about["Content-Range"], status = f"bytes {start}-{end - 1}/{size}", HTTPStatus.PARTIAL_CONTENT
        self._head(status, end - start, about)
        if body:
            try:
                with path.open("rb") as file:
                    self.connection.sendfile(file, start, end - start)
            except ConnectionError:
                # Who looks at the beginning of an object alone does not wait for its end.
                self.close_connection = True

    def _head(self, status: HTTPStatus, length: int, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()


def _etag(path: Path) -> str:
    told = path.stat()
    return f'"{told.st_ino:x}-{told.st_mtime_ns:x}"'
