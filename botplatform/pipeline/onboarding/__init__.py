"""A bot's way in and its upkeep: whose token it is, how its updates come, what the provider says, new secrets."""
