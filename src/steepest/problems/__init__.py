"""WHAT is minimised: functions with what is known of them, linear models on data, and the built-in data."""
