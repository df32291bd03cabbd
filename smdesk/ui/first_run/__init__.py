"""The assistant that sets up a school."""
