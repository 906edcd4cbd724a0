"""What both control planes keep for a whole account: domain names, VPC links, keys and plans."""
