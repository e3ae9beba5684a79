"""Interactions from documents: what counts as one, how it is noticed and kept."""
