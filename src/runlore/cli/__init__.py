"""The front door: parse, one call into `ops`, show."""
