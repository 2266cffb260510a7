"""A new project folder: templates and a sample village."""
