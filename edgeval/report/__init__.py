"""Reports made from a comparison document: a page, Markdown, figures."""
