"""Reading colleagues' views and prioritising them."""
