"""A client's IT person connects the organisation's sign-in by a link, without an account."""
