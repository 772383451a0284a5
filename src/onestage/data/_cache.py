"""Shards from a server, a few at a time on the local disk."""

import contextlib
import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from onestage.data._fetch import fetch_file
from onestage.data._source import DataError

try:
    import fcntl
except ImportError:  # Windows: two processes may then fetch the same shard, which does no harm
    fcntl = None  # type: ignore[assignment]


class ShardCache:
    """The last few shards that were read, in a folder that goes with the last process that has it.

    Loader workers share it, and so do the processes that `torchrun` has started on a machine, which
    want the same shards at about the same time: a shard is fetched by one of them, written beside
    and renamed.

    Args:
        capacity: number of shards kept.
        base: where they come from.
    """

    def __init__(self, capacity: int, base: str) -> None:
        self._capacity = capacity
        is_shared = fcntl is not None and int(os.environ.get("LOCAL_WORLD_SIZE", "1")) > 1
        self._folder, claim = _shared(base) if is_shared else (_own(), None)
        self._remove = weakref.finalize(self, _remove, self._folder, claim, os.getpid())

    def __getstate__(self) -> dict[str, object]:
        return {"_capacity": self._capacity, "_folder": self._folder}  # the maker removes it

    def get(self, url: str, name: str, size: int | None) -> Path:
        """The local copy of a shard.

        Args:
            url: where it is.
            name: what the copy is called.
            size: bytes that it must have, where that is known.

        Raises:
            DataError: if it cannot be fetched, or has another size.
        """
        path = self._folder / name
        if not path.exists():
            with self._only_one(path):
                if not path.exists():
                    self._fetch(url, path, size)
        with contextlib.suppress(OSError):
            os.utime(path)  # the one that nobody used for longest goes first
        return path

    def _fetch(self, url: str, path: Path, size: int | None) -> None:
        part = path.with_suffix(".part")
        try:
            fetch_file(url, part)
            found = part.stat().st_size
            if size is not None and found != size:
                raise DataError(
                    f"{url} has {found:,} bytes, its index says {size:,}; pack or upload it again."
                )
            os.replace(part, path)
        except OSError as error:
            raise DataError(
                f"{url} cannot be kept in {self._folder} ({error.strerror}); make room there, or "
                "set TMPDIR to a larger disk."
            ) from error
        finally:
            part.unlink(missing_ok=True)
        self._make_room()

    def _make_room(self) -> None:
        kept = []
        for path in self._folder.glob("*.tar"):
            with contextlib.suppress(OSError):  # another process makes room as well
                kept.append((path.stat().st_mtime_ns, path))
        for _, path in sorted(kept)[: -self._capacity]:
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _only_one(self, path: Path) -> Iterator[None]:
        with open(path.with_suffix(".lock"), "w") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)  # freed when its holder dies
            yield


def _own() -> Path:
    return Path(tempfile.mkdtemp(prefix="onestage-shards-"))


def _shared(base: str) -> tuple[Path, IO[str]]:
    """The folder of all that have this parent, and a file that is locked while one has it.

    Raises:
        DataError: if somebody else has made the folder.
    """
    key = hashlib.sha256(base.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"onestage-shards-{os.getppid()}-{key}"
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.lstat().st_uid != os.getuid() or folder.is_symlink():
            raise DataError(f"{folder} belongs to somebody else; set TMPDIR to a folder of yours.")
        with contextlib.suppress(FileNotFoundError):
            claim = open(folder / ".claim", "a")  # noqa: SIM115 - open for as long as it is held
            fcntl.flock(claim, fcntl.LOCK_SH)
            if os.fstat(claim.fileno()).st_nlink:
                return folder, claim
            claim.close()  # the last one left while we came


def _remove(folder: Path, claim: IO[str] | None, maker: int) -> None:
    if os.getpid() != maker:  # a forked worker
        return
    with claim or contextlib.nullcontext():
        try:
            if claim is not None:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # another process has it still
            return
        shutil.rmtree(folder, ignore_errors=True)
