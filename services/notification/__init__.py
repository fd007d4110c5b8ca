"""Tells people what they can do now, in time and once, without knowing what anybody wrote."""
