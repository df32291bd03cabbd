"""How fast the program is, as ratios to a floor measured in the same run. ``python3 dev.py bench`` runs them.

A ratio travels between machines where milliseconds do not. Every measurement takes floor and program in turn,
so that whatever else the machine is doing falls on both, and compares medians.

A floor is the least that any program with these libraries and this encrypted database would need: the same SQL
without our layers, the same page without its tags. It is written the ordinary way and never slowed down; the
program's side is the call the window itself makes, with its permission check.
"""
