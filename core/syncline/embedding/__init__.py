"""Embedding: from sequences of features a map that puts equal moments near one another."""
