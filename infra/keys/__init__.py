"""The keys of runs: as files in a backup, and the opening that two people ask for."""
