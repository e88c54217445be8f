"""Settings, policies and logging: what an operator decides."""
