"""Job 1: publish batch events and account for every one."""
