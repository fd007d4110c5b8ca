"""What only those who work on Polku run."""
