"""Vonage Contact Center: its Agents API, and its Insights Stats API."""
