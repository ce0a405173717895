"""Job 2: presence definitions kept in step with a file, and the presences of users."""
