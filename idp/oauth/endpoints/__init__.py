"""One endpoint per file: a function of the provider that answers the present Flask request."""
