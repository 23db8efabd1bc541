"""What the program ships with: icons and the demo."""
