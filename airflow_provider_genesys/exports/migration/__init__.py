"""From web chat to web messaging: drafts and a verdict on every field."""
