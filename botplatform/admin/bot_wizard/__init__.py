"""Bots set up and kept connected from the console: paste a token, see whose it is, pair, test; new tokens and secrets later."""
