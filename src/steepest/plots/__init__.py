"""What runs look like: one view per file. A view works out plain data first and draws it with matplotlib after that;
nothing here imports matplotlib before something is drawn."""
