"""GitHub: webhooks in, comments and reactions out, as a user with a token or as a GitHub App."""

from transports.github.transport import GitHubTransport

__all__ = ["GitHubTransport"]
