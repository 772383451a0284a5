"""Known data sets, from their owners' files to shards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from onestage.data._faults import MAX_BAD
from onestage.data._file_source import FileSource
from onestage.data._files import ImageFiles
from onestage.data._folder import FolderFiles
from onestage.data._source import DataError, check_options
from onestage.data._zip import ZipFiles
from onestage.data.tools._known import KNOWN, Known
from onestage.data.tools._lmdb import LmdbFiles, import_lmdb
from onestage.data.tools._pack import Packed, PackOptions, pack

_DATABASE = "data.mdb"


def prepare(
    name: str,
    path: str | Path,
    out: str | Path,
    *,
    image_size: int = 64,
    crop: int | None = None,
    options: PackOptions | None = None,
    workers: int = 1,
    max_bad: float = MAX_BAD,
    max_bad_option: str = "max_bad",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Packed:
    """Make shards of a known data set.

    Args:
        name: one of `KNOWN`.
        path: the owners' file or folder, or the folder that it is in.
        out: the folder for the shards; see `pack`.
        image_size: height and width in pixels.
        crop: side of the centre square in pixels of the original; None takes the literature's.
        options: see `pack`.
        workers: see `pack`.
        max_bad: see `build_source`.
        max_bad_option: see `build_source`.
        progress: see `pack`.

    Raises:
        DataError: if the data set is not known, or its file is not there (it says what to
            download), or cannot be read.
        ModuleNotFoundError: if LSUN's database is given and `lmdb` is not installed.
    """
    if name not in KNOWN:
        raise DataError(f"{name} is not one of {', '.join(KNOWN)}.")
    check_options(image_size, None)
    if crop is not None and crop < 1:
        raise DataError(f"crop={crop} is not a number of pixels; give at least 1.")
    known = KNOWN[name]
    with _open(known, name, _find(known, Path(path)), Path(out)) as files:
        source = FileSource(
            files,
            image_size=image_size,
            channels=3,
            max_bad=max_bad,
            max_bad_option=max_bad_option,
            memory=0,
            crop=crop or known.crop,
        )
        return pack(source, out, options, workers=workers, progress=progress)


def _find(known: Known, path: Path) -> Path:
    names = {Path(name).name for name in known.names}
    if path.exists() and (path.name in names or path.name == _DATABASE):
        return path
    for name in known.names:
        if (path / name).exists():
            return path / name
    if path.is_dir() and (path / _DATABASE).exists():
        return path
    raise DataError(
        f"{path} has no {' or '.join(dict.fromkeys(Path(name).name for name in known.names))}; "
        f"download {known.download}, and give the folder that it is in."
    )


@contextmanager
def _open(known: Known, name: str, path: Path, out: Path) -> Iterator[ImageFiles]:
    if name == "lsun-churches":
        with _database(path, out) as database:
            yield LmdbFiles(database, name)
        return
    files: ImageFiles = ZipFiles(path) if path.suffix == ".zip" else FolderFiles(path)
    files.name, files.labels, files.class_names = name, None, ()  # their folders are no classes
    yield files


@contextmanager
def _database(path: Path, out: Path) -> Iterator[Path]:
    """LSUN's database; of a zip, a copy beside `out` for as long as it is read."""
    if path.suffix != ".zip":
        yield path / _DATABASE if path.is_dir() else path
        return
    import_lmdb()  # missing, it should be said before two gigabytes are copied
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".lsun-", dir=out.parent))
    try:
        _copy_member(path, folder / _DATABASE)
        yield folder / _DATABASE
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_member(path: Path, copy: Path) -> None:
    try:
        with ZipFile(path) as archive:
            found = [m for m in archive.infolist() if m.filename.split("/")[-1] == _DATABASE]
            if len(found) != 1:
                raise DataError(f"{path} has {len(found)} files {_DATABASE}; download it again.")
            with archive.open(found[0]) as member, open(copy, "wb") as file:
                shutil.copyfileobj(member, file, 2**20)
    except BadZipFile as error:
        raise DataError(f"{path} is no zip, or is cut off ({error}); download it again.") from error
