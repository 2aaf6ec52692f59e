"""What push, pull and clone are made of: which remote, which runs, what they need, and how it travels."""
