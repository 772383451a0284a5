"""A whole run, as small as it gets: what the file and the page hold."""

import json
import math

import pytest
import torch

from onestage.bench import Options, _run, describe_bench, draw_ratios, run_bench
from onestage.bench.__main__ import main
from onestage.bench._pairs import Scale
from onestage.bench._run import build_pair

SMALL = {"batch": 2, "width": 2, "size": 16, "rounds": 3}
FIELDS = {
    *("contender", "networks", "batch", "precision", "memory_format", "strategy"),
    *("median_s", "q1_s", "q3_s", "flops", "peak_bytes"),
}


@pytest.fixture(scope="module")
def found():
    return run_bench(Options(**SMALL, precisions=("fp32", "bf16")), say=lambda _: None)


def test_the_file(found):
    json.dumps(found)
    assert set(found) >= {"machine", "versions", "date", "records", "ratios", "levers"}
    assert set(found["machine"]) >= {"cpu", "threads", "load_average", "device"}
    assert all(set(record) >= FIELDS for record in found["records"])
    for record in found["records"]:
        assert 0 < record["q1_s"] <= record["median_s"] <= record["q3_s"]
        assert record["flops"] > 0
        assert record["peak_bytes"] > 0
        assert record["best_rates_s"] > 0


def test_parameters_are_counted_once(found):
    (counted,) = found["parameters"]
    pair = build_pair("dcgan64", Scale(2, 2, 16))
    assert counted["generator"] == sum(p.numel() for p in pair.generator.parameters())
    assert counted["discriminator"] == sum(p.numel() for p in pair.discriminator.parameters())


def test_all_take_part_in_both_precisions_and_the_best_once(found):
    taking_part = [(r["contender"], r["precision"]) for r in found["records"]]
    names = {name for name, _ in taking_part}
    assert names >= {"two-stage-naive", "two-stage-tuned", "one-stage-ratio", "hand-written"}
    for name in names - {"one-stage-best"}:
        assert {(name, "fp32"), (name, "bf16")} <= set(taking_part)
    assert [name for name, _ in taking_part].count("one-stage-best") == 1
    assert [lever["name"] for lever in found["levers"]] == [
        "bf16 autocast",
        "channels_last",
        "fused Adam",
    ]


def test_ratios_are_those_of_the_records(found):
    records = {(r["contender"], r["precision"]): r for r in found["records"]}
    assert len(found["ratios"]) == math.comb(len(found["records"]), 2)
    for ratio in found["ratios"]:
        slower = records[ratio["slower"], ratio["precision"]]
        faster = records[ratio["faster"], ratio["faster_precision"]]
        assert ratio["measured"] == pytest.approx(slower["median_s"] / faster["median_s"])
        assert ratio["allowed_flops"] == slower["flops"] / faster["flops"]
        assert ratio["low"] <= ratio["high"]


def test_the_file_tells_kinds_of_steps_and_what_is_not_counted(found):
    assert found["phases"] == [{"share": 1.0, "steps": "1", "penalties": []}]
    assert all(record["uncounted"] == [] for record in found["records"])
    lazy = [{"share": 0.5, "steps": "1/2", "penalties": names} for names in ([], ["r1"])]
    records = [{**record, "uncounted": ["some_rnn"]} for record in found["records"]]
    text = describe_bench({**found, "phases": lazy, "records": records})
    assert "Lazy penalties: of the steps, 1/2 with no penalty, 1/2 with r1." in text
    assert "FLOPs are without some_rnn" in text


def test_files_that_do_not_tell_are_still_read(found):
    older = {name: value for name, value in found.items() if name != "phases"}
    older["records"] = [
        {name: value for name, value in record.items() if name != "uncounted"}
        for record in found["records"]
    ]
    assert describe_bench(older) == describe_bench(found)


def test_the_text_names_everyone(found):
    text = describe_bench(found)
    for record in found["records"]:
        assert record["contender"] in text
    assert "two-stage-tuned / one-stage-ratio" in text
    assert "FLOPs allow" in text


@pytest.mark.parametrize("width", [50, 80, 120])
def test_tables_are_as_wide_as_the_terminal_and_name_what_they_leave_out(found, width):
    whole, text = describe_bench(found), describe_bench(found, width)
    _, records, ratios, *_ = text.split("\n\n")
    assert max(map(len, (records + "\n" + ratios).splitlines())) <= width
    (left_out,) = (x for x in text.split("\n\n") if x.startswith("No room for: "))
    names = left_out.removeprefix("No room for: ").partition(". ")[0].split("; ")
    assert [name for name in names if name not in whole] == []
    assert ("networks" in names) == ("networks" not in records)
    assert ("measured/allowed" in names) == ("measured/allowed" not in ratios)
    assert all(record["contender"] in records for record in found["records"])
    assert "two-stage-tuned /\n  one-stage-ratio" in "\n".join(
        line[:24].rstrip() for line in ratios.splitlines()
    )


def test_tables_that_fit_are_whole(found):
    assert describe_bench(found, 500) == describe_bench(found)


def test_the_pictures(found, tmp_path):
    from PIL import Image

    draw_ratios(found, tmp_path / "a" / "ratios.png")
    swept = run_bench(
        Options(width=2, size=16, rounds=1, sweep=("batch", (2, 3))), say=lambda _: None
    )
    draw_ratios(swept, tmp_path / "curves.png")
    for path in (tmp_path / "a" / "ratios.png", tmp_path / "curves.png"):
        with Image.open(path) as image:
            assert len(image.getcolors(1 << 16)) > 5


def test_threads_are_put_back():
    before = torch.get_num_threads()
    run_bench(
        Options(width=2, size=16, rounds=1, threads=2, sweep=("batch", (2,))), say=lambda _: None
    )
    assert torch.get_num_threads() == before


FACTORY = """
import torch
def game():
    return {
        "discriminator": torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)),
        "generator": torch.nn.Linear(2, 3),
        "inputs": (torch.randn(5, 2),),
        "real": torch.randn(5, 3),
        "loss": "minimax",
    }
def wrong():
    return {"loss": "hinge"}
def misspelt():
    return {**game(), "penaltys": ()}
def nothing():
    return None
"""


def test_the_module_runs_on_the_users_own_networks(tmp_path, monkeypatch, capsys):
    (tmp_path / "bench_mine.py").write_text(FACTORY)
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "found.json"
    status = main(
        ["--networks", "bench_mine:game", "--rounds", "2", "--no-best", "--out", str(file)]
    )
    assert status == 0
    records = json.loads(file.read_text())["records"]
    assert {r["batch"] for r in records} == {5}
    assert "one-stage-best" not in {r["contender"] for r in records}
    assert {r["contender"] for r in records} >= {"one-stage-reversal", "one-stage-dual"}
    assert "one-stage-reversal" in capsys.readouterr().out
    refused = {
        "wrong": "gave no discriminator, real, generator",
        "misspelt": "gave unknown keys penaltys",
        "nothing": "gave no discriminator, loss, real, generator",
    }
    for name, words in refused.items():
        assert main(["--networks", f"bench_mine:{name}"]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--device", "gpu"], "'gpu' is unknown"),
        (["--networks", "nowhere:game"], "no module named 'nowhere'"),
        (["--networks", "json:nothing"], "no function 'nothing'"),
        (["--networks", ":game"], "not MODULE:FACTORY"),
        (["--rounds", "0"], "--rounds is 0"),
    ],
)
def test_what_cannot_be_met_is_one_line_and_status_2(arguments, words, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused(capsys):
    assert main(["--device", "cuda"]) == 2
    assert "finds no CUDA device" in capsys.readouterr().err


def test_by_default_the_gpu_where_there_is_one_is_measured(monkeypatch):
    assert _run._automatic(Options()) == ("cuda" if torch.cuda.is_available() else "cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert _run._automatic(Options()) == "cuda"
    assert _run._automatic(Options(clock="processor", threads=1)) == "cpu"
