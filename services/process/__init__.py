"""Process: keeps every client on the path that it and its consultancy agreed."""
