"""Invitations, summonses, hearings."""
