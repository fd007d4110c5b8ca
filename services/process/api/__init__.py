"""The process's operations, as shared/contracts/api/process.py declares them."""

from services.process.api.runs import pages

blueprints = [pages]
