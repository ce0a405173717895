"""Transfers, one module a pair of systems."""
