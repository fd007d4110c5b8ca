"""What people are told by mail, and who did not get it."""
