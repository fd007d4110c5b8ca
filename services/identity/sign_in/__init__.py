"""Signing in: ways in, the protocol spoken with a provider, sessions, and the tokens that say who is there."""
