"""Home: what a person can do now, and the consultancy's view of all its clients' paths."""
