"""Speaking to Genesys Cloud over HTTPS: addresses, operations, tokens, retries, pacing."""
