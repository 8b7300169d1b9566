"""The commands. Each file holds ``command``, a click command; the file's name is the command's name."""
