"""Sending signed messages to addresses that partners name, without an ORM.

`signature` signs, `address` says where nothing may be sent, `post` sends once, `retry`
says when again.
"""
