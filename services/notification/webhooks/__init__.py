"""Webhooks: an organisation's own endpoints, what they hear of, and how it gets there."""
