"""Any platform's records, in one model: what happened in a conversation, and which state an agent was in."""
