"""What came of reading: places, how sure they are, their release."""
