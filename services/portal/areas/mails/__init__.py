"""Mails: what people are told, and who did not get it."""
