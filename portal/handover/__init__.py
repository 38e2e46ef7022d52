"""Connectors to the benefit systems: queued, sent, acknowledged, failed. Nothing here yet."""
