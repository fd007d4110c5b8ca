"""The page of the design system, in a demonstration only: every piece in every state."""
