"""Linking an account with the person the office knows: code letter, counter, provider."""
