"""What user pools do, behind the AWS operations, the OAuth endpoints and the hosted pages."""
