"""How words are protected, and what is kept about oneself."""
