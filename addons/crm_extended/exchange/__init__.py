"""Contract of the partner data exchange, without the ORM: values, cursors, entities."""
