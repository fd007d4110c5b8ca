"""The doors of the workshop service: find, ask the noun, answer."""
