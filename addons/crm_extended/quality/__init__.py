"""What is wrong with a customer's address and contact data, and what to do about it."""
