"""Access keys and the evaluation of IAM policies."""
