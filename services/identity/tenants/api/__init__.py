"""Organisations, their host names, clients, and access of the consultancy, over HTTP."""
