"""Trials: a message given to a draft and to the published version beside it. Nothing is sent, no tool is called."""
