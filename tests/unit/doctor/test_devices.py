"""The devices: a step that is exact, one that is not, and one that cannot be had."""

import dataclasses

import torch

from onestage.doctor import _devices, examine_devices
from onestage.doctor._devices import measure_step


def test_the_cpu_is_exact_and_its_precisions_are_timed():
    said = []
    cpu = examine_devices(said.append)[0]
    assert said[0] == "trying cpu"
    assert (cpu.name, cpu.fault) == ("cpu", None)
    assert cpu.exactness.strategy == "ratio"
    assert cpu.exactness.generator_error <= 1e-12
    assert cpu.facts["threads"] == torch.get_num_threads()
    assert set(cpu.precisions) == {"bf16", "fp16"}
    assert cpu.precisions["bf16"].time > 0


def test_the_random_state_is_left_alone():
    before = torch.get_rng_state()
    measure_step(torch.device("cpu"))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_step_that_is_not_exact_is_a_fault(monkeypatch):
    wrong = dataclasses.replace(measure_step(torch.device("cpu")), generator_error=0.3)
    monkeypatch.setattr(_devices, "measure_step", lambda device: wrong)
    cpu = examine_devices()[0]
    assert "One stage differs from two: D by" in cpu.fault and "G by 0.3" in cpu.fault


def test_a_device_that_computes_nothing_is_a_fault(monkeypatch):
    def refuse(device):
        raise RuntimeError("no kernel image\nfor this device")

    monkeypatch.setattr(_devices, "measure_step", refuse)
    cpu = examine_devices()[0]
    assert cpu.fault == "no kernel image for this device"
    assert (cpu.exactness, cpu.precisions) == (None, {})
