"""Files from a web server, tried again when it fails."""

import http.client
import logging
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from onestage.data._source import DataError

_TRIES = 5
_TIMEOUT = 30.0  # seconds without a byte
_FIRST_WAIT = 0.5  # seconds; doubled after each try
_PIECE = 2**20
_AGAIN = frozenset({408, 425, 429})  # client errors that pass; every server error may
_log = logging.getLogger("onestage.data")
_T = TypeVar("_T")


def fetch_text(url: str, limit: int) -> bytes | None:
    """A small file; None if the server has none of that name.

    Raises:
        DataError: if the server does not answer, or sends more than `limit` bytes.
    """

    def read(response: IO[bytes]) -> bytes:
        data = response.read(limit + 1)
        if len(data) > limit:
            raise DataError(f"{url} has more than {limit:,} bytes; it cannot be what it should be.")
        return data

    return _try(url, read, missing_ok=True)


def fetch_file(url: str, path: Path) -> None:
    """Write what a server has to `path`.

    Raises:
        DataError: if the server does not answer, has no such file, or sends only a part of it.
        OSError: if the file cannot be written.
    """

    def write(response: IO[bytes]) -> bool:
        with open(path, "wb") as file:
            while piece := response.read(_PIECE):
                file.write(piece)
        return True

    _try(url, write)


def fetch_validators(url: str) -> list[str | None] | None:
    """The entity tag and the time of change that a server gives for a file (RFC 9110, 8.8).

    Returns:
        None if it gives neither, or does not answer the first time.
    """
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            found = [response.headers.get(name) for name in ("ETag", "Last-Modified")]
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except (OSError, http.client.HTTPException):
        return None
    return found if any(found) else None


def _try(url: str, use: Callable[[IO[bytes]], _T], *, missing_ok: bool = False) -> _T | None:
    for count in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
                result = use(response)
                if getattr(response, "length", None):  # bytes that were promised and did not come
                    raise http.client.IncompleteRead(b"", response.length)
                return result
        except urllib.error.HTTPError as error:
            error.close()
            if missing_ok and error.code in (403, 404, 410):
                return None
            if error.code < 500 and error.code not in _AGAIN:
                raise _failed(url, f"{error.code} {error.reason}", 1) from error
            reason: object = f"{error.code} {error.reason}"
        except urllib.error.URLError as error:
            reason = error.reason
        except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
            reason = error
        except ValueError as error:
            if isinstance(error, DataError):
                raise
            raise _failed(url, str(error), 1) from error  # no URL
        if count < _TRIES:
            wait = _FIRST_WAIT * 2 ** (count - 1) * random.uniform(1, 1.5)
            _log.warning("%s could not be read (%s); again in %.1f s", url, reason, wait)
            time.sleep(wait)
    raise _failed(url, str(reason) or type(reason).__name__, _TRIES)


def _failed(url: str, reason: str, tries: int) -> DataError:
    often = f" after {tries} tries" if tries > 1 else ""
    return DataError(f"{url} cannot be read ({reason}){often}; check the address and the server.")
