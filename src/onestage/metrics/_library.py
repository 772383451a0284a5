"""What is said where torchmetrics is missing."""


def missing(error: ModuleNotFoundError) -> ModuleNotFoundError:
    """The same error with the way to mend it."""
    return ModuleNotFoundError(
        f"distances need {error.name}, which is not installed; pip install 'onestage[demo]'."
    )
