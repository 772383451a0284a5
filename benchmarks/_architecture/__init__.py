"""What the rooms of the package import, read from their files, and drawn."""
