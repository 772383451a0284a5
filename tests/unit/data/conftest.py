import zipfile

import pytest
from tests.unit.data._pictures import Server, png

from onestage.data import build_source
from onestage.data.tools import PackOptions, pack


@pytest.fixture
def serve(monkeypatch):
    """Starts servers of folders; waits between two tries are short."""
    monkeypatch.setattr("onestage.data._fetch._FIRST_WAIT", 0.001)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    servers = []

    def start(root):
        servers.append(Server(root))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def folder(tmp_path):
    """30 pictures in three classes."""
    root = tmp_path / "pictures"
    for number in range(30):
        path = root / "abc"[number % 3] / f"{number:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(number))
    return root


@pytest.fixture
def archive(folder, tmp_path):
    """The same as a zip."""
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for member in sorted(folder.rglob("*.png"), reverse=True):
            file.write(member, member.relative_to(folder.parent))
    return path


@pytest.fixture
def packed(folder, tmp_path):
    """The same as shards of seven, at 16 x 16."""
    out = tmp_path / "shards"
    pack(build_source(str(folder), image_size=16), out, PackOptions(shard_size=7))
    return out
