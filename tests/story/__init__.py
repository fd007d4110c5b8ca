"""The story: one whole run, from opening the client to a team's ground rules, through the public HTTP doors alone."""
