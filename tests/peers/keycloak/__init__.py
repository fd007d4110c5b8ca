"""Keycloak with a realm of invented people, fetched by Maven: for the tests, and by hand (`make keycloak`)."""
