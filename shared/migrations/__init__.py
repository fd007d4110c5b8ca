"""Migrations of every service, by Alembic: `python -m shared.migrations up` and `... new <service> "message"`."""
