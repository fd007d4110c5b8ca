"""A team's ground rules."""
