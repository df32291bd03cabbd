"""How fast the program is, as ratios to a floor measured in the same run. ``python3 dev.py bench`` runs them.

A ratio travels between machines where milliseconds do not. Every measurement takes floor and program in turn,
so that whatever else the machine is doing falls on both, and compares medians.
"""
