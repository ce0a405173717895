"""Triggers: they wait and look, and never write."""
