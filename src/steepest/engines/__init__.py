"""WHERE the loop runs. Each engine turns a Task into rows; one Session judges and records them, whatever the engine."""
