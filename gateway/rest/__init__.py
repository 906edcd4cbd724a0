"""What the gateway answers for REST APIs by itself."""
