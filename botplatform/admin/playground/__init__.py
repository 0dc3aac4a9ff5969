"""The playground: a draft beside the published version, on a typed message or on a stored one."""
