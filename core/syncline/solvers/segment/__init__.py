"""Segmentation: from frames to labelled pieces, one method a file."""
