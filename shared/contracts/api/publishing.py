"""The operations of publishing: who may ask them."""

from shared.web.roles import CLIENT_SIDE

WRITERS = ("lead", "editor")
READERS = ("lead", "facilitator", "editor", "coordinator", "designer", "admin")
DECIDERS = (*WRITERS, *CLIENT_SIDE)
LAUNCHERS = ("lead", *CLIENT_SIDE)
EVERYBODY = ("participant", "supervisor", *READERS, "service")
