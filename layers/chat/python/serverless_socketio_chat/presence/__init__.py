"""Who is online: what devices say of themselves, and what their users are."""
