"""A package that is run as a module, or by a script that its installer writes."""
