"""Organisations: who they are, the names they are reached by, who of the consultancy may enter, and their end."""
