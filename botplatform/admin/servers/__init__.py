"""MCP servers: the form, the page, and their tools where agents choose."""
