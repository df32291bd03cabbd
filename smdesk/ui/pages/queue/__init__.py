"""What waits for one decider: the headteacher's five minutes."""
