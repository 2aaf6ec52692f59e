"""The verbs, one file each. They know no terminal, no environment variables and no clock of their own."""
