"""An answer from its acceptance to its end: one writer at a time, against deadlines, without a gap."""
