"""The history of the tables. Run by `store.migrate.upgrade`."""
