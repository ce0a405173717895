"""From another platform's presences to events for Genesys Cloud: who is who, what is what, and what has changed."""
