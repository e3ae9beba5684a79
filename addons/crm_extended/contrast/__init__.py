"""How groups of customers differ and overlap: statistics without a database."""
