"""The invented sample school: Brambleford Primary School, its people, and two years of its incident log."""
