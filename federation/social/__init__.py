"""What each social provider does otherwise than the standard, one file each."""
