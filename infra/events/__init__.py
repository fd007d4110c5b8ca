"""Commands of an operator about events: dead letters, and read models built anew."""
