"""A new project folder: a sample village that runs, or one made from whatever files there are."""
