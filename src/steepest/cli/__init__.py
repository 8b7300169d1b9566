"""The command line: one file per command in ``commands/``, each imported when it is called for."""
