"""The digits classifier, from the cache or trained."""

import logging
from pathlib import Path

from onestage.metrics._cache import find_cache, read_tensors, write_tensors
from onestage.metrics._classifier import DigitsClassifier
from onestage.metrics._train_classifier import MIN_ACCURACY, train_digits_classifier

_VERSION = 1  # of the network and its training: with another, older files are passed over
_log = logging.getLogger("onestage.metrics")


def load_digits_classifier(cache_dir: str | Path | None = None, seed: int = 0) -> DigitsClassifier:
    """The classifier of digits, trained once and kept on disk.

    The first call trains it (under 15 s on one thread); later ones read the file, and check its
    hash, shapes and accuracy. A damaged file is replaced. Where the folder cannot be written to,
    the classifier is trained each time, and a warning logged.

    Args:
        cache_dir: folder of the cache; None takes the environment's `ONESTAGE_CACHE`, or else
            `~/.cache/onestage`.
        seed: initial weights, held-out digits and order of training.

    Returns:
        The classifier on the CPU, in eval mode, its parameters frozen.

    Raises:
        RuntimeError: if it was trained and knows less than 98 % of the held-out digits.
    """
    path = find_cache(cache_dir) / f"digits-classifier-v{_VERSION}-seed{seed}.safetensors"
    classifier = _read(path)
    if classifier is None:
        classifier, accuracy = train_digits_classifier(seed)
        _write(classifier, accuracy, path)
    return classifier.eval().requires_grad_(False)


def _read(path: Path) -> DigitsClassifier | None:
    if not path.is_file():
        return None
    try:
        tensors, metadata = read_tensors(path)
        classifier = DigitsClassifier()
        classifier.load_state_dict(tensors)
        if float(metadata["accuracy"]) < MIN_ACCURACY:
            raise ValueError("the accuracy is too low")
    except Exception as error:  # what a damaged file raises depends on the damage
        reason = " ".join(str(error).split())
        _log.warning("%s is damaged (%s); the classifier is trained anew.", path, reason)
        return None
    return classifier


def _write(classifier: DigitsClassifier, accuracy: float, path: Path) -> None:
    try:
        write_tensors(path, classifier.state_dict(), {"accuracy": repr(accuracy)})
    except Exception as error:  # safetensors has its own exception for a full disk
        _log.warning("%s cannot be written (%s); the classifier is not kept.", path, error)
