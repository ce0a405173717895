"""A local Genesys Cloud for tests, demos and Dag authors' laptops; it imports nothing of the provider's."""
