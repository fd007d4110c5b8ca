"""Sign-in, sessions and ways in, over HTTP."""
