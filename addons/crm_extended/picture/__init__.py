"""What a customer's picture asks and advises, without a database."""
