"""What the numbers were measured on."""

from onestage.compare import describe_machine

__all__ = ["describe_machine"]
