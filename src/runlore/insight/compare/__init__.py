"""Do two files say the same? Formats by content and name, whoever may have made the files."""
