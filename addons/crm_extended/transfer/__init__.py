"""Files instead of calls: the exchange's rows in CSV or JSON lines, without the ORM."""
