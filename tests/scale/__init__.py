"""What ``make scale-demo`` runs."""
