"""Sign-in by SAML 2.0: the Web Browser SSO profile, asked by redirect and answered by POST (saml-profiles-2.0-os, 4.1)."""
