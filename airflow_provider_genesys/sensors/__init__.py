"""Sensors, one module a job."""
