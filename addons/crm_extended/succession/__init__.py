"""Who takes over which customer: pure rules, without the ORM."""
