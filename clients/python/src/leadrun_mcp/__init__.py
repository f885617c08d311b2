"""Look-ups for assistants (Model Context Protocol): one set of tools, over standard input and output and over HTTP."""
