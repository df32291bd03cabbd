"""Widgets shared by the tabs, one small module each."""
