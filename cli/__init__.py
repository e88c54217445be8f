"""The `goldenhour` command."""
