"""The roles that somebody can have in an organisation, and those that services and operators have."""

READER = "reader"
"""Beside "participant": reads along in this run, and may change nothing."""
STAFF = ("lead", "facilitator", "editor")
CLIENT_SIDE = ("coordinator", "admin")
ROLES = frozenset(
    ("participant", READER, "supervisor", "designer", "service", "operator", *STAFF, *CLIENT_SIDE)
)
PERSONS = tuple(sorted(ROLES - {"service", "operator", READER}))
"""Everybody who signs in."""
