"""What ``make fuzz`` runs."""
