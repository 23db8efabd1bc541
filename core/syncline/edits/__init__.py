"""Corrections as pure functions on the nouns: each takes a value and returns a new one."""
