"""What lives inside the training process. Standard library only, Python 3.8 and later."""
