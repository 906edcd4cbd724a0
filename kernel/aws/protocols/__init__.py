"""The wire protocols of AWS's services, one module each."""
