"""What a run learns from, as far as it must find it again to go on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from onestage._files import write_text
from onestage.training._run_folder import RunError, RunFolder

_NAMED = 8


@dataclass(frozen=True)
class DataRecord:
    """How many images there are, and which label means which class.

    Attributes:
        num_images: number of images (or points).
        class_names: the name of each label, from 0; empty where labels are no condition.
    """

    num_images: int
    class_names: tuple[str, ...] = ()

    def describe_classes(self) -> str:
        """The classes in a few words; empty where there are none."""
        count = len(self.class_names)
        noun = "class" if count == 1 else "classes"
        return f"{count:,} {noun} ({_listed(self.class_names)})" if count else ""


def save_data(run: RunFolder, record: DataRecord) -> None:
    """Write what a run learns from into its folder."""
    write_text(run.data_file, json.dumps(asdict(record), indent=1) + "\n")


def load_data(run: RunFolder) -> DataRecord | None:
    """What `save_data` wrote; None for a run of a version that did not.

    Raises:
        RunError: if the file cannot be used.
    """
    try:
        saved = json.loads(run.data_file.read_text(encoding="utf-8"))
        images, names = saved["num_images"], saved["class_names"]
        is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if type(images) is not int or not is_list:
            raise TypeError("num_images is a whole number, class_names are texts")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(
            f"{run.data_file} cannot be used ({type(error).__name__}: {error}); put it back, or "
            "delete it: nothing then holds the classes to those that the run began with."
        ) from error
    return DataRecord(images, tuple(names))


def check_data(run: RunFolder, now: DataRecord) -> list[str]:
    """Hold the data that a run would go on with against those that it began with.

    Args:
        run: the run.
        now: what there is now.

    Returns:
        A line for each thing that a person should know.

    Raises:
        RunError: if a label would mean another class than before.
    """
    before = load_data(run)
    if before is None:
        return []
    if _differ(before.class_names, now.class_names):
        raise RunError(
            f"{run.path} was trained with the classes {_listed(before.class_names)}, and the data "
            f"have {_listed(now.class_names)} now ({_first_change(before, now)}); put the classes "
            "back as they were, or start a new run. If they only have new names, write these into "
            f"{run.data_file}."
        )
    if before.num_images != now.num_images:
        return [
            f"{run.path} was trained on {before.num_images:,} images, and the data have "
            f"{now.num_images:,} now: it goes on otherwise than an undisturbed run."
        ]
    return []


def _differ(before: tuple[str, ...], now: tuple[str, ...]) -> bool:
    """Whether a label may have another meaning; where nothing has names nothing can be told."""
    return bool(before and now) and before != now and not _are_numbers(before, now)


def _are_numbers(*several: tuple[str, ...]) -> bool:
    """Whether classes are called by their own numbers, as those of shards that have no names."""
    return all(names == tuple(map(str, range(len(names)))) for names in several)


def _first_change(before: DataRecord, now: DataRecord) -> str:
    lists = before.class_names, now.class_names
    label = next(
        (n for n, (old, new) in enumerate(zip(*lists, strict=False)) if old != new),
        min(map(len, lists)),
    )
    old, new = (names[label] if label < len(names) else "none" for names in lists)
    return f"class {label} was {old} and is {new}"


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
