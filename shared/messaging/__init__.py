"""How services tell each other what happened: events, outbox, bus, consumers, timers, jobs, and what could not be handled."""
