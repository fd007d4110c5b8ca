"""The processes that Polku is on one machine: how one starts, is watched, writes its log, and stops."""
