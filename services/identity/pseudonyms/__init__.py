"""Pseudonyms: their keys, who comes back under one, and what the other services are asked by them."""
