"""Everything that runs Scharnier somewhere."""
