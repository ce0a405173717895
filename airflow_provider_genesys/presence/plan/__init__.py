"""What would have to change, and whether that is safe."""
