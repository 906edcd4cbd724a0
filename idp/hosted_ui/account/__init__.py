"""The account page: what people look after themselves, each section a screen."""
