"""What an operator does about events: those that could not be handled, and read models built anew."""
