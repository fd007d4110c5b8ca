"""The agreed path: read, propose, sign, move on, look ahead, keep it as a template."""
