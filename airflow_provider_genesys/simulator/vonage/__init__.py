"""Vonage Contact Center's Agents API."""
