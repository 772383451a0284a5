"""A check of the user's own game: is one stage exact there, what does it cost, what would help.

`onestage check MODULE:FACTORY` calls the factory, which returns a `Subject`, and prints the report
of `check_subject`. The same in a test: `onestage.testing.assert_exact`.

This room imports the core and `bench`.
"""

from onestage.check._cost import Cost, measure_cost
from onestage.check._coupling import coupled_modules
from onestage.check._report import Report, check_subject
from onestage.check._subject import Subject, as_subject
from onestage.check._text import describe

__all__ = [
    "Cost",
    "Report",
    "Subject",
    "as_subject",
    "check_subject",
    "coupled_modules",
    "describe",
    "measure_cost",
]
