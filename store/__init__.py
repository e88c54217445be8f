"""SQL: the directory, intents, notifications and facts."""
