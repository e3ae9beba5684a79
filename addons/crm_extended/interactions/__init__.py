"""Interactions from documents: what counts as one, how it is noticed, how it is kept."""
