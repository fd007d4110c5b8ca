"""Node's oidc-provider, certified by the OpenID Foundation, with invented people."""
