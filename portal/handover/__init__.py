"""Connectors to the benefit systems: queued, sent, acknowledged, failed. Nothing is built here yet."""
