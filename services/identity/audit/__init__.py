"""The audit log: who did what for whom and why, by ids, in a chain that its readers can check by themselves."""
