"""Giving views, reading everybody's, and moderating them."""
