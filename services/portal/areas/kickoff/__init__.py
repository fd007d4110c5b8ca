"""The kickoff lecture and the launch event: the hall, the stage on the wall, the host's console."""
