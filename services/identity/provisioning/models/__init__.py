"""The nouns of provisioning."""
