"""Reading, checking and changing instance files."""
