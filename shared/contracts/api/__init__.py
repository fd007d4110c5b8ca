"""What services can be asked, one module for each service; shared/web/operations.py says what a declaration is."""
