"""A plan carried out, and verified."""
