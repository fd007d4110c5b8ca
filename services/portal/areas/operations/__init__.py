"""The operator's pages: states in counts, dead letters."""
