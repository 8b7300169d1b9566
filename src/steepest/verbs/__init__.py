"""What one does: minimize, load; and the Run that comes back."""
