"""Lambda-shaped functions, addressed by name or ARN and run outside the serving process."""
