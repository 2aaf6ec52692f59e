"""One module for each library that scripts log to: where its calls go through, and what they say."""
