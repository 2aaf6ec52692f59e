"""The outside world, turned into records: git, files, config, interpreter, environment, hardware."""
