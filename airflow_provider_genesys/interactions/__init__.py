"""Any platform's records, in one model of what happened in a conversation, and from there to events."""
