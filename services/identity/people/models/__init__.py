"""The nouns of people."""
