"""Whole files or none on any store, who owns them, and documents with their lines."""
