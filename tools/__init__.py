"""What builds and checks the repository itself. Nothing here is shipped."""
