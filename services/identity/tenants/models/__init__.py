"""The nouns of tenants."""
