"""What DVC wrote into a project, read as its documentation says. None of DVC's code is used, and nothing is run."""
