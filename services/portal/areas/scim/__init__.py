"""SCIM 2.0: where a client's directory says who belongs to it."""
