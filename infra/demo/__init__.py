"""The demonstration: two clients of one consultancy, with a run in every interesting state."""
