"""From an option to image files."""

from pathlib import Path

from onestage.data._files import ImageFiles
from onestage.data._shard_set import check_no_command, is_shards
from onestage.data._source import DataError

_HUB = "hf:"


def open_files(where: str) -> ImageFiles:
    """The image files that an option names; nothing is run and nothing is unpacked.

    Args:
        where: a folder, a zip, shards, or `hf:owner/name[:split]`, as for `build_source`.

    Raises:
        DataError: if they cannot be read. One line.
        ModuleNotFoundError: if a data set of the Hub is asked for and `datasets` is not there.
    """
    if where.startswith(_HUB):
        from onestage.data._hub import open_hub

        return open_hub(where.removeprefix(_HUB))
    check_no_command(where)
    if "\0" in where:
        raise DataError(f"{where!r} is no path.")
    if is_shards(where):
        from onestage.data._shards import ShardFiles

        return ShardFiles(where)
    if where.lower().endswith(".zip") and not Path(where).is_dir():
        from onestage.data._zip import ZipFiles

        return ZipFiles(where)
    from onestage.data._folder import FolderFiles

    return FolderFiles(where)
