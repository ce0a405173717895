"""What ``make dist`` runs."""
