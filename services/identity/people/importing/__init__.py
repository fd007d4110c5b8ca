"""People from a file or pasted rows: read, columns matched, cleaned, compared with who is here; only then is anything changed."""
