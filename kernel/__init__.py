"""What everything stands on: settings, storage, sealing, the AWS wire. Imports no other package."""
