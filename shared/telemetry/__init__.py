"""How a running Polku is watched: traces, metrics, logs and health, none of which knows a person or a word of theirs."""
