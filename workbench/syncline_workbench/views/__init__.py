"""The parts of the window, each drawing what the document tells it."""
