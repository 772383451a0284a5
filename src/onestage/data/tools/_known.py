"""The data sets that `prepare` knows, as their owners distribute them."""

from typing import NamedTuple


class Known(NamedTuple):
    """A data set.

    Attributes:
        title: what people call it.
        images: number of images in it.
        names: files or folders that it may be in, the best first.
        download: what to get, and where.
        crop: side of the centre square in pixels; None takes the largest there is.
    """

    title: str
    images: int
    names: tuple[str, ...]
    download: str
    crop: int | None = None


KNOWN = {
    # The whole width (178 of 178 x 218), as in PyTorch's DCGAN example (resize to 64, centre crop
    # to 64); DCGAN-tensorflow takes 108, Larsen et al. (ICML 2016) 148.
    "celeba": Known(
        "CelebA",
        202_599,
        ("img_align_celeba.zip", "Img/img_align_celeba.zip", "img_align_celeba"),
        "img_align_celeba.zip (1.4 GB), 'Align&Cropped Images' on "
        "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
        178,
    ),
    # Images whose shorter side is 256: the centre square, as in the owners' own export.
    "lsun-churches": Known(
        "LSUN Churches",
        126_227,
        (
            "church_outdoor_train_lmdb",
            "church_outdoor_train_lmdb.zip",
            "scenes/church_outdoor_train_lmdb.zip",
        ),
        "church_outdoor_train_lmdb.zip (2.3 GB) from "
        "http://dl.yf.io/lsun/scenes/church_outdoor_train_lmdb.zip "
        "(https://github.com/fyu/lsun has the owners' script)",
    ),
    # Square images: nothing is cut off.
    "ffhq": Known(
        "FFHQ",
        70_000,
        (
            "thumbnails128x128.zip",
            "thumbnails128x128",
            "images1024x1024.zip",
            "images1024x1024",
        ),
        "thumbnails128x128 (2 GB; images1024x1024, 89 GB, will do as well) from "
        "https://github.com/NVlabs/ffhq-dataset",
    ),
}
