"""The thread between what one employee said and what all now do."""
