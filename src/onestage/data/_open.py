"""From an option to image files."""

from pathlib import Path

from ._files import ImageFiles
from ._shard_set import check_no_command, is_shards
from ._source import DataError

_HUB = "hf:"


def open_files(where: str) -> ImageFiles:
    """The image files that an option names; nothing is run and nothing is unpacked.

    Args:
        where: A folder, a zip, shards, or `hf:owner/name[:split]`, as for `build_source`.

    Raises:
        DataError: If they cannot be read. One line.
        ModuleNotFoundError: If a data set of the Hub is asked for and `datasets` is not there.
    """
    if where.startswith(_HUB):
        from ._hub import open_hub

        return open_hub(where.removeprefix(_HUB))
    check_no_command(where)
    if "\0" in where:
        raise DataError(f"{where!r} is no path.")
    if is_shards(where):
        from ._shards import ShardFiles

        return ShardFiles(where)
    if where.lower().endswith(".zip") and not Path(where).is_dir():
        from ._zip import ZipFiles

        return ZipFiles(where)
    from ._folder import FolderFiles

    return FolderFiles(where)
