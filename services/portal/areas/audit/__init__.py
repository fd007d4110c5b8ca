"""The organisation's audit log: read, narrowed and taken along by its administrators."""
