"""Real image files, tars and a real web server."""

import http.server
import io
import tarfile
import threading

import numpy as np
from PIL import Image


def picture(number, size=(24, 20)):
    """A smooth picture of its own for each number."""
    rng = np.random.default_rng(number)
    small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    return small.resize(size, Image.Resampling.BICUBIC)


def png(number, size=(24, 20)):
    buffer = io.BytesIO()
    picture(number, size).save(buffer, "PNG")
    return buffer.getvalue()


class Server:
    """A web server of a folder, which can be told to fail."""

    def __init__(self, root):
        self.failures = []  # statuses of the next answers: a number, "cut" or "silent"
        self.asked = []
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=str(root))

            def log_message(self, *args):
                pass

            def do_GET(self):
                server.asked.append(self.path)
                failure = server.failures.pop(0) if server.failures else None
                if failure == "cut":
                    self.send_response(200)
                    self.send_header("Content-Length", "1000000")
                    self.end_headers()
                    self.wfile.write(b"x" * 1000)
                elif failure == "silent":
                    self.close_connection = True
                elif failure is not None:
                    self.send_error(failure)
                else:
                    super().do_GET()

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def write_tar(path, members):
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path
