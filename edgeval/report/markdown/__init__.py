"""The documents in Markdown: what a person reads in a terminal, a pull request, a repository."""
