"""How pages look: a client's own style, typefaces, static files and templates."""
