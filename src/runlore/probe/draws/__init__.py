"""One module for each library that draws random numbers: what it says at the end of those drawn without a seed."""
