"""How an organisation is called, reached and signed in to."""
