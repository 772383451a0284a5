"""Domain adaptation."""
