"""Results: places, how sure they are, their release."""
