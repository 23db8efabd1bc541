"""Solvers, one family a folder, one method a file."""
