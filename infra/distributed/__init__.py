"""Every service as its own web and worker process behind one gateway, on this machine."""
