"""What the repository needs to build itself. Nothing here runs on a server."""
