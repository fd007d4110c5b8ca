"""Rebuilding a read model from the log: a second set of tables beside the living one, compared with it, and switched to."""
