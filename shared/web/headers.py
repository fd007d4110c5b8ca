"""The headers of our own calls, for who sends them and who reads them."""

ADDRESS_HEADER = (
    "Polku-Address"  # the browser's address, from the portal, for limited acts alone (shared/web/limits.py)
)
KEY_HEADER = "Idempotency-Key"  # of an act (shared/web/once.py)
