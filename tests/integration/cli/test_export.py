"""A run given away in every format makes what the run makes."""

import json

import pytest
import torch

from onestage.adapters.hub import from_pretrained, save_pretrained
from onestage.apps import load_trained
from onestage.apps.gan import Selection
from onestage.cli import main
from onestage.training import RunFolder, load_weights, seeded_generator

_CONFIG = """
steps: 4
batch_size: 8
threads: 1
evaluate_every: 2
evaluate_samples: 20
checkpoint_every: 4
sample_every: 0
networks: cgan
image_size: 16
data: {source: digits, condition: label}
generator: {base_width: 8, latent_dim: 8}
discriminator: {base_width: 8}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    threads = torch.get_num_threads()
    folder = tmp_path_factory.mktemp("export")
    (folder / "config.yaml").write_text(_CONFIG)
    assert command("train", "--config", folder / "config.yaml", "--out", folder / "run") == 0
    yield folder / "run"
    torch.set_num_threads(threads)


def command(*arguments):
    return main([str(argument) for argument in arguments])


def expected_images(run):
    """What `onestage sample --seed 3` shows, with the latents and labels that it is made from."""
    trained = load_trained(RunFolder.open(run))
    latents = seeded_generator(3, "samples")
    inputs = {
        "latents": torch.stack([torch.randn(8, generator=latents) for _ in range(12)]),
        "labels": torch.arange(12) % 10,
    }
    return inputs, trained.task.samples(trained.generator, Selection(count=12, seed=3))


def test_a_folder_for_the_hub(run, tmp_path, capsys):
    shared = tmp_path / "shared"
    capsys.readouterr()
    assert command("export", run, "--to", "safetensors", "--out", shared, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["step"], record["path"], record["num_samples"]) == (4, str(shared), 40)
    assert record["difference"] <= record["tolerance"]
    inputs, expected = expected_images(run)
    generator = from_pretrained(tmp_path / "shared")
    with torch.no_grad():
        torch.testing.assert_close(generator(**inputs), expected, rtol=0, atol=1e-6)
    _, weights = load_weights(run / "checkpoints" / "step-0000004", "generator_ema")
    assert all(torch.equal(generator.state_dict()[key], weights[key]) for key in weights)
    save_pretrained(run, tmp_path / "same")
    for name in ("model.safetensors", "config.json", "README.md"):
        assert (tmp_path / "same" / name).read_bytes() == (tmp_path / "shared" / name).read_bytes()
    training = json.loads((tmp_path / "same" / "config.json").read_text())["training"]
    assert training["settings"]["networks"] == "cgan"
    assert "| fid | " in (tmp_path / "same" / "README.md").read_text()


def test_a_program(run, capsys):
    assert command("export", run, "--to", "torch-export") == 0
    assert "Largest difference from the run's generator in 40 samples: " in capsys.readouterr().out
    inputs, expected = expected_images(run)
    program = torch.export.load(run / "generator.pt2").module()
    with torch.no_grad():
        made = program(*inputs.values())
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-6)
    assert command("export", run, "--to", "torch-export") == 2
    assert "generator.pt2 exists already and is left as it is" in capsys.readouterr().err


def test_a_model_for_onnx(run, tmp_path, capsys):
    onnxruntime = pytest.importorskip("onnxruntime")
    assert command("export", run, "--to", "onnx", "--out", tmp_path / "digits.onnx") == 0
    assert capsys.readouterr().err == ""
    inputs, expected = expected_images(run)
    session = onnxruntime.InferenceSession(tmp_path / "digits.onnx")
    (made,) = session.run(["images"], {key: value.numpy() for key, value in inputs.items()})
    torch.testing.assert_close(torch.from_numpy(made), expected, rtol=0, atol=1e-5)
    about = json.loads(session.get_modelmeta().custom_metadata_map["onestage"])
    assert about["training"]["step"] == 4


def test_the_best_is_another_file(run, tmp_path):
    assert command("export", run, "--to", "safetensors", "--best", "--out", tmp_path / "best") == 0
    step = load_trained(RunFolder.open(run), best=True).step
    assert json.loads((tmp_path / "best" / "config.json").read_text())["training"]["step"] == step


def test_one_that_differs_is_an_error_of_status_1(run, tmp_path, monkeypatch, capsys):
    """A program that is of another generator, as a fault of a translator would have it."""
    from onestage.sharing import FORMATS, _export

    form = FORMATS["torch-export"]
    monkeypatch.setitem(
        _export.FORMATS,
        "torch-export",
        form._replace(read=lambda path: lambda inputs: form.read(path)(inputs) + 0.01),
    )
    path = tmp_path / "generator.pt2"
    assert command("export", run, "--to", "torch-export", "--out", path) == 1
    assert "differs from the network by 1.0e-02 in a value" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_is_no_run_is_refused(tmp_path, capsys):
    assert command("export", tmp_path, "--to", "onnx") == 2
    assert "is not the folder of a run" in capsys.readouterr().err
