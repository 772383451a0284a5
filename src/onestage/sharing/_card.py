"""The model card: a description for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_TASKS = {"images": "unconditional-image-generation"}
_CLASSES = 100  # a page that can be read
_DRAWN = {  # what to put in for a first look
    "latents": "torch.randn({shape})",
    "labels": "torch.arange(8) % {classes}",
    "condition": "torch.rand({shape}) * 2 - 1",
    "spectrograms": "torch.randn({shape})",
}


def write_card(description: Mapping[str, Any]) -> str:
    """The text of a model card, with the metadata that the Hub reads at its beginning."""
    training = description["training"]
    return "\n".join(
        [
            *_metadata(description),
            f"# {description['network']}{_data(training, ': {}')}",
            "",
            f"A generator of {description['output']['name']}, trained by onestage, one-stage "
            "adversarial training for PyTorch.",
            "",
            *_ports(description),
            "",
            *_classes(training),
            *_usage(description),
            "",
            *(_training(training) if training else ()),
        ]
    )


def _metadata(description: Mapping[str, Any]) -> Iterator[str]:
    yield from ("---", "library_name: onestage")
    task = _TASKS.get(description["output"]["name"])
    if task is not None:
        yield f"pipeline_tag: {'image-to-image' if 'condition' in description['inputs'] else task}"
    yield from ("tags:", "- gan", "---", "")


def _ports(description: Mapping[str, Any]) -> Iterator[str]:
    yield from ("| | name | shape | type | values |", "| --- | --- | --- | --- | --- |")
    for name, port in description["inputs"].items():
        yield _row("takes", name, port)
    yield _row("gives", description["output"]["name"], description["output"])


def _row(verb: str, name: str, port: Mapping[str, Any]) -> str:
    shape = ", ".join(map(str, port["shape"]))
    return f"| {verb} | {name} | [{shape}] | {port['dtype']} | {port['values']} |"


def _classes(training: Mapping[str, Any]) -> Iterator[str]:
    names = list(training.get("id2label", {}).items())
    if names:
        yield from ("| label | class |", "| --- | --- |")
        yield from (f"| {label} | {_cell(name)} |" for label, name in names[:_CLASSES])
        if len(names) > _CLASSES:
            yield f"| ... | {len(names) - _CLASSES:,} more, in `config.json` |"
        yield ""


def _cell(text: str) -> str:
    text = text.encode(errors="replace").decode()  # a folder's name may be no text
    return " ".join(text.split()).replace("|", "\\|")


def _usage(description: Mapping[str, Any]) -> Iterator[str]:
    output = description["output"]
    clamp = ".clamp(-1, 1)" if output["name"] == "images" else ""
    yield from (
        "`pip install 'onestage[hub]'`, then, with the name or the folder of this model:",
        "",
    )
    yield from (
        "```python",
        "import torch",
        "from onestage.adapters.hub import from_pretrained",
        "",
    )
    yield 'generator = from_pretrained("OWNER/NAME")'
    for name, port in description["inputs"].items():
        shape = ", ".join(str({"batch": 8, "frames": 32}.get(size, size)) for size in port["shape"])
        classes = description["options"].get("num_classes")
        yield f"{name} = {_DRAWN[name].format(shape=shape, classes=classes)}"
    yield "with torch.no_grad():"
    yield f"    {output['name']} = generator({', '.join(description['inputs'])}){clamp}"
    yield "```"


def _training(training: Mapping[str, Any]) -> Iterator[str]:
    settings, metrics = training.get("settings", {}), training.get("metrics", {})
    yield from ("## How it was trained", "")
    yield (
        f"{training.get('step', '?')} steps{_data(training, ' on {}')}, method "
        f"{settings.get('method', '?')}, loss {settings.get('loss', '?')}; this is the average of "
        "the generator. All settings are in `config.json`."
    )
    yield ""
    if metrics:
        yield from ("| metric | value |", "| --- | --- |")
        yield from (f"| {name} | {_figure(value)} |" for name, value in metrics.items())
        yield ""


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _data(training: Mapping[str, Any], form: str) -> str:
    source = training.get("settings", {}).get("data", {}).get("source")
    return "" if source is None else form.format(source)
