"""Private backends: the targets of VPC links, which of them are well, and who gets a request."""
