"""`poolgate doctor`: what is wrong with an instance, and what to do about it."""
