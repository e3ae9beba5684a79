"""Measures the suite against named peers on a database of stated size."""
