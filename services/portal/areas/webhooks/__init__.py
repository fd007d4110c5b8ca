"""The organisation's own systems that hear what happens."""
