"""The nouns of the audit log."""
