"""The nouns of signing in."""
