"""Operators, one module a job."""
