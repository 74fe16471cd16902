"""Answers that a model gives while it thinks: asked for, merged into chunks, relayed."""
