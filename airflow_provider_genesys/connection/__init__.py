"""What the fields of a connection mean."""
