"""A small OpenID Connect issuer, for `make run SIGN_IN=demo` and for tests: it asks for no password."""
