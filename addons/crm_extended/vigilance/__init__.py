"""Unusual reading of customers: pure statistics, without the ORM."""
