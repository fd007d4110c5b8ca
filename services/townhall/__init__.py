"""The townhall: the kickoff lecture and the launch event, live and afterwards."""
