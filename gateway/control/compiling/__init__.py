"""Database rows into the snapshot that the data plane serves from: one module for each protocol."""
