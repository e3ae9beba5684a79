"""Points as money: an append-only ledger on PostgreSQL, without an ORM.

`allocation` says which points are used first, `schema` holds the tables with their
guards, `ledger` posts.
"""
