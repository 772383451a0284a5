"""Presets: the settings of published GANs, one YAML file each.

`onestage presets` lists them, `onestage train --preset NAME` trains one; every setting of it can be
overridden. A file holds

* `title`, `source` (where the settings are from, and which of them are our choice), `data` (what it
  is made for), `expected` (the published figure, in words);
* `settings`: those of one stage, nested as in a config file. `extends: NAME` begins with another
  file's (one whose name starts with an underscore is a base and not listed);
* `alternating`: what differs for the two-stage methods;
* `small`: what differs at the scale of a quick look on digits, beyond what `_small.yaml` says;
  `smoke` is the same for fewer steps;
* `small_alternating`: what differs from `small` for the two-stage methods.

To add one: a file here. It appears in `onestage presets`, and the tests train it for two steps.
"""

from onestage.presets._preset import Preset, PresetError, list_presets, load_preset, merge

__all__ = ["Preset", "PresetError", "list_presets", "load_preset", "merge"]
