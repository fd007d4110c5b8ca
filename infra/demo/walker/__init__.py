"""Walks a run by the public pages alone, as its people would: from the opening of the client to a team's ground rules."""
