"""Lineage's operations, as shared/contracts/api/lineage.py declares them."""

from services.lineage.api.threads import threads

blueprints = [threads]
