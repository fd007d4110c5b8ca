"""Mechanisms that keep people from being found in the data: keys that can die, tables written anew, numbers that point to nobody."""
