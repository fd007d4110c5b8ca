"""The people of an organisation, where they belong, and how many took part."""
