"""Walks a run by the public HTTP doors alone, as its people would: from the opening of the client to a team's ground rules."""
