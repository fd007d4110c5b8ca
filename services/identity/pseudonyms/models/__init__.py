"""The nouns of pseudonyms."""
