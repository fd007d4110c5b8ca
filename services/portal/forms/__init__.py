"""Forms: what was sent, what is wrong with it, what it edits, and how nothing typed is lost."""
