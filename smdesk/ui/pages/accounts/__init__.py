"""The accounts tab."""
