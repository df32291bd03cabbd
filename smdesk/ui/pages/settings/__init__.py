"""The Settings tab: the school, its users, its policy, backups, and whether the records are intact."""
