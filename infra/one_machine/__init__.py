"""Everything in a handful of processes on one machine: what `make run` starts."""
