"""Rules of loyalty tiers without the ORM: periods, days to keep, steps of levels."""
