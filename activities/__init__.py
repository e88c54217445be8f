"""The only door out of a workflow: every call to a person, a provider, the store or the network."""
