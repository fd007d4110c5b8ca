"""Provisioning: a client's directory says by SCIM 2.0 (RFC 7643, RFC 7644) who belongs here, and in which groups."""
