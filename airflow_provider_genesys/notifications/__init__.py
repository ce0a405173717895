"""What tells people, by mail or in a chat."""
