"""One grant per file. Authlib keeps the protocol; a grant fills its hooks from our services."""
