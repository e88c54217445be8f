"""The HTTP front: API, pages and webhooks."""
