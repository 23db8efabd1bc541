"""The Qt application of Syncline."""
