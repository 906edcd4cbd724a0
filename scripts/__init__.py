"""What is run by hand or by make: the generated pages."""
