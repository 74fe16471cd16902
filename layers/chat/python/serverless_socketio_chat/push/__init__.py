"""Web push: notifications on their way to devices, by the push services of browsers (`docs/push.md`)."""
