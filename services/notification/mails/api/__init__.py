"""Mails over HTTP."""
