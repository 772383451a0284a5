"""Parts of `overlap.py`: a link as slow as is asked for, and the loops that exchange over it."""
