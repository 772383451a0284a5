"""Shards on a real web server, which fails now and then."""

import gc
import io
import os
import pickle
import socket
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
import torch
from tests.unit.data._pictures import picture, png, write_tar

from onestage.data import DataError, build_loader, build_source


def test_they_hold_what_they_hold_on_disk(packed, serve):
    expected = build_source(str(packed), image_size=16)
    server = serve(packed)
    for where in ("/index.json", "/shard-{00000..00004}.tar"):
        source = build_source(server.url + where, image_size=16)
        assert all(torch.equal(source[k], expected[k]) for k in range(30))
        assert torch.equal(source.labels, expected.labels)
        assert source.class_names == ("a", "b", "c")


def test_without_an_index_each_is_read_once(packed, serve):
    expected = build_source(str(packed), image_size=16)
    (packed / "index.json").unlink()
    server = serve(packed)
    source = build_source(server.url + "/shard-{00000..00004}.tar", image_size=16)
    assert len(server.asked) == 1 + 5
    assert (len(source), source.channels) == (30, 3)
    assert torch.equal(source.labels, expected.labels)
    assert torch.equal(source[29], expected[29])


@pytest.mark.parametrize("first", ["grey", "unreadable", "cut", "colour"])
def test_without_an_index_one_image_of_colour_decides(tmp_path, serve, first):
    pictures = {
        "grey": grey_png(),
        "unreadable": b"no image",
        "cut": png(1)[:300],
        "colour": png(1),
    }
    for number in range(2):
        members = {"0.png": pictures[first], **{f"{k}.png": grey_png() for k in range(1, 4)}}
        if number == 1 and first != "cut":
            members["2.png"] = png(2)
        write_tar(tmp_path / f"{number}.tar", members)
    local, remote = (
        build_source(where + "/{0..1}.tar", image_size=16, max_bad=0.5)
        for where in (str(tmp_path), serve(tmp_path).url)
    )
    assert remote.channels == local.channels == (1 if first == "cut" else 3)
    assert torch.equal(remote[7], local[len(local) - 1])


def test_without_an_index_grey_stays_grey(tmp_path, serve):
    write_tar(tmp_path / "a.tar", {"0.png": b"no image", "1.png": grey_png()})
    write_tar(tmp_path / "b.tar", {"0.png": b"no image"})
    url = serve(tmp_path).url
    assert build_source(url + "/a.tar", image_size=16, max_bad=0.5).channels == 1
    assert build_source(url + "/b.tar", image_size=16, max_bad=1).channels == 3


def grey_png():
    buffer = io.BytesIO()
    picture(1).convert("L").save(buffer, "PNG")
    return buffer.getvalue()


def test_few_are_kept_and_each_is_fetched_once_an_epoch(packed, serve, monkeypatch):
    monkeypatch.setattr("onestage.data._shard_set._CACHED", 2)
    monkeypatch.setattr("onestage.data._sampler.WINDOW", 1)
    server = serve(packed)
    source = build_source(server.url + "/index.json", image_size=16)
    seen = []
    for images in islice(build_loader(source, 5, seed=0), 6):
        seen += [image.sum().item() for image in images]
    assert sorted(seen) == sorted(source_sums(packed))
    assert sorted(server.asked[1:]) == [f"/shard-0000{k}.tar" for k in range(5)]
    cache = source.files._store._cache._folder
    assert len(list(cache.glob("*.tar"))) == 2


def source_sums(packed):
    source = build_source(str(packed), image_size=16)
    return [source[k].sum().item() for k in range(30)]


def test_nothing_is_left_behind(packed, serve):
    source = build_source(serve(packed).url + "/index.json", image_size=16)
    source[0]
    copy = pickle.loads(pickle.dumps(source))
    folder = source.files._store._cache._folder
    assert list(folder.glob("*.tar"))
    del copy
    gc.collect()
    assert folder.exists()  # the copy's end is not the maker's
    del source
    gc.collect()
    assert not folder.exists()


@pytest.mark.parametrize("failure", [500, 503, 429, "cut", "silent"])
def test_a_server_that_fails_is_asked_again(packed, serve, failure, caplog):
    expected = build_source(str(packed), image_size=16)
    server = serve(packed)
    source = build_source(server.url + "/index.json", image_size=16)
    server.failures = [failure] * 4
    assert torch.equal(source[3], expected[3])
    assert server.asked.count("/shard-00000.tar") == 5
    assert len(caplog.messages) == 4


@pytest.mark.parametrize("failure", [500, "cut", "silent"])
def test_a_server_that_goes_on_failing_is_given_up_in_one_line(packed, serve, failure):
    server = serve(packed)
    source = build_source(server.url + "/index.json", image_size=16, max_bad=1.0)
    server.failures = [failure] * 50
    with pytest.raises(DataError, match=r"shard-00000\.tar cannot be read .* after 5 tries") as got:
        source[3]
    assert "\n" not in str(got.value)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_worker_says_it_too(packed, serve):
    server = serve(packed)
    source = build_source(server.url + "/index.json", image_size=16)
    server.failures = [404] * 50
    with pytest.raises(DataError, match=r"\(404 Not Found\); check the address") as caught:
        next(iter(build_loader(source, 4, seed=0, workers=1)))
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("serve")
def test_a_server_that_is_silent_times_out(monkeypatch):
    monkeypatch.setattr("onestage.data._fetch._TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a.tar"
        with pytest.raises(DataError, match=r"timed out.* after 5 tries"):
            build_source(url, image_size=16)


def test_what_is_not_there(packed, serve):
    server = serve(packed)
    with pytest.raises(DataError, match="is no index of shards"):
        build_source(server.url + "/other/index.json", image_size=16)
    with pytest.raises(DataError, match=r"no\.tar cannot be read \(404"):
        build_source(server.url + "/no.tar", image_size=16)
    with pytest.raises(DataError, match="its name must end in"):
        build_source(server.url + "/shards", image_size=16)


def test_a_shard_that_is_not_what_its_index_says(packed, serve):
    server = serve(packed)
    source = build_source(server.url + "/index.json", image_size=16)
    (packed / "shard-00000.tar").write_bytes(bytes(1024))
    with pytest.raises(DataError, match=r"has 1,024 bytes, its index says"):
        source[0]


READER = """
import sys
from itertools import islice
from onestage.data import build_loader, build_source
rank = int(sys.argv[2])
source = build_source(sys.argv[1], image_size=16)
loader = build_loader(source, 5, seed=0, rank=rank, world_size=2)
print(source.files._store._cache._folder)
for _ in islice(loader, 3):
    input()  # in step with the other one
"""


def test_processes_of_one_machine_fetch_a_shard_once(packed, serve):
    server = serve(packed)
    command = [sys.executable, "-c", READER, server.url + "/index.json"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    env = {**os.environ, "LOCAL_WORLD_SIZE": "2"}
    readers = [subprocess.Popen([*command, str(rank)], env=env, **pipes) for rank in range(2)]
    folders = {reader.stdout.readline().strip() for reader in readers}
    (folder,) = map(Path, folders)
    for step in range(3):
        for reader in readers:
            reader.stdin.write(f"{step}\n")
            reader.stdin.flush()
    assert folder.exists()
    for reader in readers:
        reader.communicate()
        assert reader.returncode == 0
    assert sorted(path for path in server.asked if path.endswith(".tar")) == [
        f"/shard-0000{k}.tar" for k in range(5)
    ]
    assert not folder.exists()
