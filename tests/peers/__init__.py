"""Other people's identity providers, by which the tests sign people in: Keycloak, and Node's oidc-provider."""
