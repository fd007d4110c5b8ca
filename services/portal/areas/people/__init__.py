"""People of an organisation, the consultancy's access to them, and its clients."""
