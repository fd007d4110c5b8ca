"""Backups: taken while Polku runs, sealed, and brought back whole or not at all."""
