"""How references to a merged record are found and moved, as SQL; nothing of the ORM."""
