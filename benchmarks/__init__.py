"""What the provider costs and how well it uses what it is given; ``python -m benchmarks`` measures and judges it."""
