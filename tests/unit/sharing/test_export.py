import importlib
import json
import sys
from unittest.mock import Mock

import pytest
import torch
from tests.unit.sharing._generators import NAMES, build
from torch import nn

from onestage.sharing import (
    FORMATS,
    ExportError,
    describe,
    draw_inputs,
    export_generator,
    make_samples,
)
from onestage.sharing._export import largest_difference

OLD = torch.__version__ < (2, 7)


def some(*quick):
    """All of them, of which these are quick to try."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]


def drawn(network, size):
    return draw_inputs(network, size, torch.Generator().manual_seed(5))


@pytest.mark.parametrize("name", some("CGANGenerator", "R3GANGenerator", "UNetGenerator"))
def test_a_program_makes_the_same(tmp_path, name):
    network = build(name)
    path = tmp_path / "generator.pt2"
    done = export_generator(network, path, "torch-export", training={"step": 7})
    assert done.path == path
    assert 0 <= done.difference <= done.tolerance
    assert network.training  # the caller's network is as it was
    files = {"onestage.json": ""}
    program = torch.export.load(path, extra_files=files).module()
    inputs = drawn(network, 3)
    expected = make_samples(network.eval(), inputs)
    torch.testing.assert_close(program(*inputs.values()), expected, rtol=0, atol=1e-5)
    assert json.loads(files["onestage.json"]) == json.loads(
        json.dumps(describe(network, {"step": 7}))
    )


def test_a_program_runs_without_this_package(tmp_path, monkeypatch):
    path = export_generator(build("MLPGenerator"), tmp_path / "points.pt2", "torch-export").path
    for name in [*sys.modules]:
        if name.partition(".")[0] == "onestage":
            monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError):
        importlib.import_module("onestage")
    assert torch.export.load(path).module()(torch.zeros(3, 2)).shape == (3, 2)


@pytest.mark.parametrize("name", some("CGANGenerator"))
def test_a_model_makes_the_same_in_onnx_runtime(tmp_path, name):
    onnxruntime = pytest.importorskip("onnxruntime")
    network = build(name)
    if OLD and any(isinstance(part, nn.BatchNorm2d) for part in network.modules()):
        pytest.skip("PyTorch 2.6 cannot translate BatchNorm")
    done = export_generator(network, tmp_path / "generator.onnx", "onnx", training={"step": 7})
    assert 0 <= done.difference <= done.tolerance
    assert [path.name for path in tmp_path.iterdir()] == ["generator.onnx"]
    session = onnxruntime.InferenceSession(done.path)
    description = json.loads(session.get_modelmeta().custom_metadata_map["onestage"])
    assert description == json.loads(json.dumps(describe(network, {"step": 7})))
    if not OLD:  # whose exporter names no sizes
        assert {port.name: port.shape for port in session.get_inputs()} == {
            key: port["shape"] for key, port in description["inputs"].items()
        }
    (output,) = session.get_outputs()
    assert output.name == description["output"]["name"]
    inputs = drawn(network, 3)
    (made,) = session.run(None, {key: value.numpy() for key, value in inputs.items()})
    expected = make_samples(network.eval(), inputs)
    torch.testing.assert_close(torch.from_numpy(made), expected, rtol=0, atol=1e-4)


def test_what_pytorch_cannot_translate_is_said_in_a_line(tmp_path, monkeypatch):
    if not OLD:
        error = torch.onnx.OnnxExporterError("a page of it")
        monkeypatch.setattr(torch.onnx, "export", Mock(side_effect=error))
    with pytest.raises(
        ExportError, match=r"^PyTorch 2\..* cannot translate .* to onnx; .*format\.$"
    ):
        export_generator(build("CGANGenerator"), tmp_path / "generator.onnx", "onnx")
    assert not list(tmp_path.iterdir())


def test_a_small_change_of_a_weight_is_measured(tmp_path):
    network = build("CGANGenerator").eval()
    path = export_generator(network, tmp_path / "folder", "safetensors").path
    program = FORMATS["safetensors"].read(path)
    assert largest_difference(network, program) <= 1e-6
    with torch.no_grad():
        network.body.layers[0].weight[0, 8].add_(0.1)  # of the first class alone
    assert largest_difference(network, program) > 1e-4


def test_another_shape_is_no_small_difference():
    network = build("MLPGenerator").eval()
    program = lambda inputs: make_samples(network, inputs)[:, :1]  # noqa: E731
    assert largest_difference(network, program) == float("inf")


@pytest.mark.parametrize("to", ["safetensors", "torch-export"])
def test_what_differs_is_not_kept(tmp_path, to):
    network = build("MLPGenerator")
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    path = tmp_path / f"generator{FORMATS[to].suffix}"
    with pytest.raises(ExportError, match=f"as {to} differs from the network by nan"):
        export_generator(network, path, to)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    network = build("MLPGenerator")
    (tmp_path / "mine.pt2").write_text("mine")
    for path, to, message in [
        ("mine.pt2", "torch-export", "exists already and is left as it is"),
        ("generator.onnx", "torch-export", "give a name that ends in .pt2"),
        ("there/generator.pt2", "torch-export", "There is no folder"),
        ("generator", "tensorflow", "There is no format 'tensorflow'; choose one of safetensors"),
    ]:
        with pytest.raises(ValueError, match=message):
            export_generator(network, tmp_path / path, to)
    monkeypatch.setattr("onestage.sharing._export.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"needs onnx, onnxscript, onnxruntime, which is not .*"):
        export_generator(network, tmp_path / "generator.onnx", "onnx")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
