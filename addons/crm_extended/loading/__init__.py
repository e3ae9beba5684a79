"""Clean rows of a file enter the database in sets, not one statement per row."""
