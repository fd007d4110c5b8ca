"""Pictures of every page, for people to look at and to compare with those of another day. docs/testing.md says how."""
