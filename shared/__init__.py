"""The mechanisms that every service uses, with no opinion about hybrid work."""
