"""The operations of services, one module for each; shared/web/operations.py says what a declaration is."""
