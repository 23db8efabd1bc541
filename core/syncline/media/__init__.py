"""Opening files from outside: video, audio, feature arrays."""
