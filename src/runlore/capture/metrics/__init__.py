"""What a run left to its metrics: its journal, event files, metric files and output, folded into series."""
