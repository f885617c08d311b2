"""The frame of every page: its declaration, who sees it, forms, templates, static files, security."""
