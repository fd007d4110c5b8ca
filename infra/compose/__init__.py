"""Jobs of the containers besides the services: secrets, provisioning, the gateway's configuration, health checks."""
