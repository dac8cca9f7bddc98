"""What an audit returns: frozen, picklable, comparable data without sentences."""
