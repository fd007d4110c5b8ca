"""Tenancy: the organisation that we act for, and sessions that see no other."""
