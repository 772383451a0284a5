"""As much of the Hub as it takes to fetch a model, over HTTP on this machine."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def hub(files):
    """Serves `files` (bytes by name) as the model owner/name; yields the address and what is asked.

    Everything else is answered as the Hub answers for a model that there is not.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            asked.append(f"{self.command} {self.path}")
            path = self.path.partition("?")[0]
            if path == "/api/models/owner/name/revision/main":
                about = {"id": "owner/name", "sha": _COMMIT}
                about["siblings"] = [{"rfilename": name} for name in files]
                return self.answer(json.dumps(about).encode(), "application/json")
            if path == f"/api/models/owner/name/tree/{_COMMIT}":
                tree = [
                    {"type": "file", "path": name, "size": len(data), "oid": _hash(data)}
                    for name, data in files.items()
                ]
                return self.answer(json.dumps(tree).encode(), "application/json")
            start, _, name = path.rpartition("/")
            if start == f"/owner/name/resolve/{_COMMIT}" and name in files:
                return self.answer(files[name], "application/octet-stream")
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            return self.end_headers()

        def answer(self, data, kind):
            self.send_response(200)
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(data)),
                "ETag": f'"{_hash(data)}"',
                "X-Repo-Commit": _COMMIT,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def _hash(data):
    return hashlib.sha1(data).hexdigest()
