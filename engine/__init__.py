"""The connection to Temporal: client, payload encryption, search attributes, and the façade that web and cli use."""
