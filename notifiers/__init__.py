"""Channels to people. One channel, one file; each knows one provider."""
