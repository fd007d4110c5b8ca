"""The event catalogue, and the page for developers."""
