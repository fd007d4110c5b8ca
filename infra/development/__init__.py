"""Commands of those who work on Polku."""
