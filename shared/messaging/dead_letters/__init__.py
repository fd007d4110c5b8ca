"""Dead letters: events that a service could not handle, and those of their key that wait behind them, until somebody decides."""
