"""What docker-compose.yml needs besides the services: keys, furniture, the gateway's configuration, health questions."""
