"""One small client a service: how the portal asks them."""
