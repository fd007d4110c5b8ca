"""Between the portal and the web: the gateway, cookies, compression, readiness."""
