"""OpenID Connect: asks the identity provider that the settings name who a person is."""
