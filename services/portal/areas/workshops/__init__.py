"""The workshops: sessions and groups, boards, facilitation, the questions on the table, minutes."""
