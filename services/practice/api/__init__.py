"""Practice's operations, as shared/contracts/api/practice.py declares them."""
