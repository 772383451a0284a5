"""What is installed, what works on this machine, and what would mend it.

`onestage doctor`, or `python -m onestage.doctor` where only torch is installed. What the project
needs is read from its own metadata, so there is no second list that could be out of date:

* `find_packages`: every requirement of the package and of its extras, installed or not, recent
  enough or not, importable or not;
* `examine_devices`: the CPU, CUDA devices and MPS, each with one step of `OneStage` held against
  two separate stages, and with bfloat16 and float16 autocast tried and timed;
* `diagnose`: both together, with every problem and the command that mends it.

This room imports the core, the networks and the bench's instruments.
"""

from onestage.doctor._devices import Device, Precision, examine_devices
from onestage.doctor._diagnosis import Diagnosis, Problem, diagnose
from onestage.doctor._packages import Package, find_packages
from onestage.doctor._text import describe

__all__ = [
    "Device",
    "Diagnosis",
    "Package",
    "Precision",
    "Problem",
    "describe",
    "diagnose",
    "examine_devices",
    "find_packages",
]
