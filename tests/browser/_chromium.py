"""A headless Chromium, driven over the pipe of its DevTools protocol: no package, no port."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_TIMEOUT = 60.0
# The protocol's ends are the browser's descriptors 3 and 4, which `subprocess` does not deal out.
_LAUNCH = """
import fcntl, os, sys
reads, writes = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_FLAGS = (
    *("--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"),
    *("--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"),
)


def find_chromium() -> str | None:
    """The browser's path, or None."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Chromium:
    """A browser with one page; a context manager.

    Args:
        path: the executable.
        profile: an empty folder of its own.

    Attributes:
        complaints: what the page wrote to its console, and its uncaught errors.
        requests: the URLs that the page asked for.
    """

    def __init__(self, path: str, profile: Path) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._events: list[str] = []
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        theirs, self._write = os.pipe()
        self._read, ours = os.pipe()
        # Root has no sandbox, and a container's runner is root.
        flags = [*_FLAGS, f"--user-data-dir={profile}"] + ["--no-sandbox"] * (os.getuid() == 0)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(theirs), str(ours), path, *flags],
            pass_fds=(theirs, ours),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs)
        os.close(ours)

    def __enter__(self) -> Chromium:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_TIMEOUT)
        os.close(self._write)
        os.close(self._read)

    def open(self, file: Path, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        """Load a file; what was recorded before is forgotten."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])
        self.complaints, self.requests, self._events = [], [], []
        self.call("Page.navigate", url=file.resolve().as_uri())
        self._wait(lambda: "Page.loadEventFired" in self._events)

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press and let go of a key of the keyboard."""
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def click(self, selector: str) -> None:
        """Click the middle of an element by mouse."""
        at = {**self._middle(selector), "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **at)

    def touch(self, selector: str) -> None:
        """Touch the middle of an element with a finger."""
        self.call(
            "Input.dispatchTouchEvent", type="touchStart", touchPoints=[self._middle(selector)]
        )
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def settle(self, condition: str) -> None:
        """Wait until a JavaScript expression is true: some things move smoothly."""
        until = time.monotonic() + _TIMEOUT
        while not self.run(condition):
            if time.monotonic() > until:
                raise TimeoutError(f"{condition} does not become true.")
            time.sleep(0.02)

    def _middle(self, selector: str) -> dict[str, float]:
        x, y = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return {"x": x, "y": y}

    def screenshot(self, file: Path) -> None:
        """Write the whole page as a PNG."""
        taken = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(taken["data"]))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its answer."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer: dict[str, Any] = {}
        self._wait(lambda: bool(answer), answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _wait(self, done: Callable[[], bool], answer: dict[str, Any] | None = None) -> None:
        """Take messages in until `done`; the answer to the last command goes into `answer`."""
        until = time.monotonic() + _TIMEOUT
        while not done():
            message = self._receive(until)
            if "id" not in message:
                self._note(message["method"], message.get("params", {}))
            elif answer is not None and message["id"] == self._last:
                answer.update(message)

    def _receive(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            received = os.read(self._read, 1 << 20) if ready else b""
            if not received:
                raise TimeoutError("Chromium ended or does not answer.")
            self._buffer += received
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, method: str, parameters: dict[str, Any]) -> None:
        self._events.append(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            said = [str(item.get("value", item.get("description"))) for item in parameters["args"]]
            self.complaints.append(" ".join(said))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])
