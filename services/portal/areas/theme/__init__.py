"""The theme studio."""
