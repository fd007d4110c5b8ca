"""The nouns of mails."""
